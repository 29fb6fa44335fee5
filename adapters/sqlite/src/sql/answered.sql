SELECT EXISTS (SELECT 1 FROM inbox WHERE consumer = ?1 AND event_id = ?2)
