SELECT id FROM operations WHERE state = 'frozen' AND created_at <= ?1
UNION ALL
SELECT id FROM operations WHERE state IN ('stopped', 'done', 'failed') AND created_at <= ?2
LIMIT 1
