-- In the order of ids, which is the order of writing: the table's head, not a scan, tells what is old. A locked row stays
-- where its ctid says; several instances that prune take different rows.
DELETE FROM outbox
WHERE ctid = ANY (ARRAY(
    SELECT head.place
    FROM (
        SELECT m.ctid AS place, m.created_at
        FROM outbox m
        WHERE (SELECT p.id FROM outbox_pending p WHERE p.id = m.id) IS NULL
        ORDER BY m.id
        LIMIT $2
        FOR UPDATE OF m SKIP LOCKED) head
    WHERE head.created_at < $1))
