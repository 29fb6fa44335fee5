-- BETWEEN: with `=` the planner knows that the reason orders nothing, and may walk the primary key past all that do not wait.
-- SKIP LOCKED: what another instance hastens at this moment is not ours to hasten.
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp() AS now
), waiting AS MATERIALIZED (
    SELECT p.id
    FROM outbox_pending p
    WHERE p.wait_reason BETWEEN $1 AND $1 AND p.due_at > (SELECT now FROM moment)
    ORDER BY p.wait_reason, p.id
    LIMIT $2
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE outbox_pending p
SET due_at = (SELECT now FROM moment), wait_reason = NULL
WHERE p.id = ANY (ARRAY(SELECT id FROM waiting))
