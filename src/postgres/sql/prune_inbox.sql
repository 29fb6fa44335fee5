-- Event ids are UUIDv7: the primary key's order is, near enough, the order of time.
DELETE FROM inbox
WHERE ctid = ANY (ARRAY(
    SELECT head.place
    FROM (
        SELECT i.ctid AS place, i.at
        FROM inbox i
        ORDER BY i.consumer, i.event_id
        LIMIT $2
        FOR UPDATE SKIP LOCKED) head
    WHERE head.at < $1))
