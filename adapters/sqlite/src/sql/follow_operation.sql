UPDATE operations SET runner = ?2, heard_at = ?3 WHERE id = ?1 AND state = 'running'
