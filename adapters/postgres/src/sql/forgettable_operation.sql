SELECT id FROM operations WHERE state = 'frozen' AND created_at <= clock_timestamp() - $1::bigint * interval '1 microsecond'
UNION ALL
SELECT id FROM operations
WHERE state = ANY (array['stopped', 'done', 'failed']) AND created_at <= clock_timestamp() - $2::bigint * interval '1 microsecond'
LIMIT 1
