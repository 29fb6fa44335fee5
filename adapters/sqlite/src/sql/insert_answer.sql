INSERT INTO inbox (consumer, event_id, at) VALUES (?1, ?2, ?3)
