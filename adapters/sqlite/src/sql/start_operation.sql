UPDATE operations
SET state = 'running', rate = ?3, subject = ?4, reason = coalesce(?5, reason), runner = ?6, heard_at = ?7, started_at = ?7
WHERE id = ?1 AND kind = ?2 AND state = 'frozen' AND created_at > ?8
