-- BETWEEN: with `=` the planner knows that the reason orders nothing, and may walk the primary key past all that do not wait.
-- SKIP LOCKED: what another instance hastens at this moment is not ours to hasten.
-- A microsecond apart, so that they stay in the order of their orders' age, and in the past, so that all are due.
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp() AS now
), waiting AS MATERIALIZED (
    SELECT p.id, p.order_seq
    FROM outbox_pending p
    WHERE p.wait_reason BETWEEN $1 AND $1 AND p.due_at > (SELECT now FROM moment)
    ORDER BY p.wait_reason, p.order_seq, p.id
    LIMIT $2
    FOR NO KEY UPDATE SKIP LOCKED
), placed AS MATERIALIZED (
    SELECT array_agg(id ORDER BY order_seq, id) AS ids FROM waiting
)
UPDATE outbox_pending p
SET due_at = (SELECT now FROM moment)
        + (array_position((SELECT ids FROM placed), p.id) - $2::bigint) * interval '1 microsecond',
    wait_reason = NULL
WHERE p.id = ANY ((SELECT ids FROM placed)::bigint[])
