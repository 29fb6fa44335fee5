SELECT EXISTS (SELECT 1 FROM operations WHERE id = ?1 AND state = 'stopped' AND runner IS NOT NULL AND heard_at > ?2)
