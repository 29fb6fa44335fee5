-- The order is locked first, as by everyone who writes its messages: their ids then grow in the order of its steps.
-- Tells how many messages were written, and, should it be none, whether that is for want of a parked letter or of an order.
WITH locked AS MATERIALIZED (
    SELECT seq FROM orders WHERE id = $2 FOR NO KEY UPDATE
), replayed AS (
    UPDATE dead_letters SET state = 'replayed'
    WHERE id = $1 AND state = 'parked' AND EXISTS (SELECT 1 FROM locked)
    RETURNING id
), message AS (
    INSERT INTO outbox (event_id, topic, order_seq, version, payload, trace, created_at)
    SELECT $3, $4, locked.seq, $5, $6, $7, $8
    FROM locked, replayed
    RETURNING id, order_seq
), pending AS (
    INSERT INTO outbox_pending (id, order_seq, due_at)
    SELECT id, order_seq, clock_timestamp() FROM message
)
SELECT (SELECT count(*) FROM message),
       EXISTS (SELECT 1 FROM dead_letters WHERE id = $1 AND state = 'parked'),
       EXISTS (SELECT 1 FROM locked)
