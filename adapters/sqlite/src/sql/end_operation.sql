UPDATE operations SET state = ?3, ended_at = ?4 WHERE id = ?1 AND runner = ?2 AND state = 'running'
