UPDATE operations SET state = 'stopped', ended_at = clock_timestamp()
WHERE id = $1 AND state IN ('running', 'frozen')
