DELETE FROM operations WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM operation_items WHERE operation = $1)
