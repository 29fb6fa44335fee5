UPDATE operations SET state = 'stopped', ended_at = ?2 WHERE id = ?1 AND state IN ('running', 'frozen')
