-- Rows of these orders that wait for a driver: one was given to them, who stands there, so they go before other retries.
-- SKIP LOCKED: a row that somebody else holds is seen again.
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp() AS now
), given AS MATERIALIZED (
    SELECT p.id, o.id AS order_id
    FROM (SELECT seq, id FROM orders WHERE id = ANY ($1::text[]) OFFSET 0) o
    CROSS JOIN LATERAL (
        SELECT waiting.id
        FROM outbox_pending waiting
        WHERE waiting.order_seq = o.seq AND waiting.wait_reason = 'driver'
          AND waiting.due_at > (SELECT now FROM moment)
        ORDER BY waiting.id + 0
        FOR NO KEY UPDATE SKIP LOCKED
        OFFSET 0) p
), hastened AS (
    UPDATE outbox_pending p
    SET due_at = (SELECT now FROM moment), retry = FALSE, wait_reason = NULL
    WHERE p.id = ANY (ARRAY(SELECT id FROM given))
)
SELECT order_id FROM given
