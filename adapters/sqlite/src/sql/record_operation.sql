UPDATE operations
SET done = done + ?3, skipped = skipped + ?4, failed = failed + ?5, errors = ?6, heard_at = ?7,
    runner = CASE state WHEN 'running' THEN runner END
WHERE id = ?1 AND runner = ?2 AND state IN ('running', 'stopped')
RETURNING state = 'running'
