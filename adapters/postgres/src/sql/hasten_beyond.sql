-- $1: microseconds from now beyond which nothing waits, $2: rows of each lane at most. Each lane is one walk along the index of
-- what is due, from there on. SKIP LOCKED: what another instance hastens at this moment is not ours to hasten.
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp() AS now, clock_timestamp() + $1::bigint * interval '1 microsecond' AS latest
), fresh AS MATERIALIZED (
    SELECT p.id
    FROM outbox_pending p
    WHERE NOT p.behind AND NOT p.retry AND p.due_at > (SELECT latest FROM moment)
    ORDER BY p.due_at, p.id
    LIMIT $2::bigint
    FOR NO KEY UPDATE OF p SKIP LOCKED
), retries AS MATERIALIZED (
    SELECT p.id
    FROM outbox_pending p
    WHERE NOT p.behind AND p.retry AND p.due_at > (SELECT latest FROM moment)
    ORDER BY p.due_at, p.id
    LIMIT $2::bigint
    FOR NO KEY UPDATE OF p SKIP LOCKED
)
UPDATE outbox_pending p
SET due_at = (SELECT now FROM moment), wait_reason = NULL
WHERE p.id = ANY (ARRAY(SELECT id FROM fresh UNION ALL SELECT id FROM retries))
