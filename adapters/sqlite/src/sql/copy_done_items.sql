INSERT INTO operation_items (operation, n, target)
SELECT ?1, n, target FROM operation_items WHERE operation = ?2 AND outcome = 'done'
