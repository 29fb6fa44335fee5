SELECT id FROM operations
WHERE state = 'running' AND heard_at <= ?1
ORDER BY created_at
LIMIT 1
