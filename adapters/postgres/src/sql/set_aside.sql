-- Marks rows that have been due for a second and cannot go, because an older row of their order waits for its next try:
-- else each claim would walk past them. Looks at $1 rows of each lane.
--
-- `min(id + 0)`, as in `claim_messages.sql`. The older row is locked until this is committed, so that whoever publishes it comes after, and moves these up.
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp() - interval '1 second' AS past
), looked_at AS MATERIALIZED (
    (SELECT p.id, p.order_seq
     FROM outbox_pending p
     WHERE NOT p.behind AND NOT p.retry AND p.due_at <= (SELECT past FROM moment)
     ORDER BY p.due_at, p.id
     LIMIT $1)
    UNION ALL
    (SELECT p.id, p.order_seq
     FROM outbox_pending p
     WHERE NOT p.behind AND p.retry AND p.due_at <= (SELECT past FROM moment)
     ORDER BY p.due_at, p.id
     LIMIT $1)
), blocked AS MATERIALIZED (
    SELECT l.id, (SELECT min(older.id + 0) FROM outbox_pending older WHERE older.order_seq = l.order_seq) AS first
    FROM looked_at l
), held AS MATERIALIZED (
    SELECT p.id
    FROM outbox_pending p
    WHERE p.id = ANY (ARRAY(SELECT first FROM blocked WHERE first < id))
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox_pending p
SET behind = true
WHERE p.id = ANY (ARRAY(SELECT b.id FROM blocked b WHERE b.first < b.id AND b.first IN (SELECT id FROM held)))
