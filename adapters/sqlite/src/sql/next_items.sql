SELECT n, target, version FROM operation_items
WHERE operation = ?1 AND outcome IS NULL
ORDER BY n
LIMIT ?2
