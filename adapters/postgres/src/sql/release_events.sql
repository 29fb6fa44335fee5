-- Events that were claimed, and then not answered.
DELETE FROM inbox WHERE consumer = $1 AND event_id = ANY ($2::uuid[])
