UPDATE operations SET state = $3, ended_at = clock_timestamp()
WHERE id = $1 AND runner = $2 AND state = 'running'
