SELECT event_id FROM inbox WHERE consumer = $1 AND event_id = ANY ($2::uuid[])
