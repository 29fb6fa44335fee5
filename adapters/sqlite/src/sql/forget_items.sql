DELETE FROM operation_items
WHERE operation = ?1 AND n IN (SELECT n FROM operation_items WHERE operation = ?1 LIMIT ?2)
