-- Event ids are UUIDv7: the primary key's order is, near enough, the order of time.
DELETE FROM inbox
WHERE (consumer, event_id) IN (
    SELECT consumer, event_id
    FROM (SELECT consumer, event_id, at FROM inbox ORDER BY consumer, event_id LIMIT ?2)
    WHERE at < ?1)
