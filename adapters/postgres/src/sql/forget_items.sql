DELETE FROM operation_items
WHERE operation = $1 AND n = ANY (ARRAY(SELECT n FROM operation_items WHERE operation = $1 ORDER BY n LIMIT $2))
