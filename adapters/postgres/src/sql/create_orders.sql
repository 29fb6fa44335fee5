-- Accepts a batch: keys, orders, events and messages, for every item whose key, id and number are free. What came of each
-- item is told, nobody's trouble is another's. Keys and orders are written in one order everywhere, so that two batches
-- with the same ones wait for each other, but not in a circle.
--
-- An item's key can be free and its id or number taken: then its key is claimed, and its order is not stored. Committed, the
-- key would name whatever order has the id, of another request perhaps. SQL has no way to raise an error from a SELECT, so
-- with $25 such an item divides by zero: the statement fails, nothing is written, and the batch is looked up first.
WITH item AS MATERIALIZED (
    SELECT *
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[],
                $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[],
                $13::uuid[], $14::text[], $15::timestamptz[], $16::text[], $17::bigint[], $18::text[],
                $19::uuid[], $20::text[], $21::text[], $22::text[], $23::timestamptz[], $24::text[])
        WITH ORDINALITY AS i (
            id, order_number, customer_id, fingerprint, currency, price, tax, details,
            created_at, updated_at, scope, key,
            event_id, data, at, cause, attempt, trace,
            message_id, topic, payload, message_trace, message_at, former, place)
), claimed AS (
    INSERT INTO idempotency_keys (scope, key, fingerprint, order_id, created_at)
    SELECT scope, key, decode(fingerprint, 'hex'), id, now()
    FROM item
    -- A key that is there under its former scope is no new one. A scalar subquery: it is looked up, never joined to the table.
    WHERE key IS NOT NULL
      AND (former IS NULL
           OR (SELECT TRUE FROM idempotency_keys f WHERE f.scope = item.former AND f.key = item.key) IS NULL)
    ORDER BY scope COLLATE "C", key COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING order_id
), stored AS (
    INSERT INTO orders (id, order_number, customer_id, fingerprint, currency, price, tax, details,
                        status, version, created_at, updated_at)
    SELECT id, order_number, customer_id, decode(fingerprint, 'hex'), currency, price, tax, details::json,
           'PENDING', 1, created_at, updated_at
    FROM item
    WHERE key IS NULL OR id IN (SELECT order_id FROM claimed)
    ORDER BY order_number COLLATE "C" NULLS LAST, id COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING seq, id
), claimed_formerly AS (
    INSERT INTO idempotency_keys (scope, key, fingerprint, order_id, created_at)
    SELECT i.former, i.key, decode(i.fingerprint, 'hex'), i.id, now()
    FROM stored s
    JOIN item i ON i.id = s.id
    WHERE i.former IS NOT NULL
    ORDER BY i.former COLLATE "C", i.key COLLATE "C"
    ON CONFLICT DO NOTHING
), told AS (
    INSERT INTO order_events (order_seq, version, event_id, kind, data, at, cause, attempt, trace)
    SELECT s.seq, 1, i.event_id, 'created', i.data::json, i.at, i.cause, i.attempt, i.trace
    FROM stored s
    JOIN item i ON i.id = s.id
), message AS MATERIALIZED (
    SELECT nextval('outbox_id_seq') AS id, m.*
    FROM (
        SELECT s.seq, i.message_id, i.topic, i.payload, i.message_trace, i.message_at
        FROM stored s
        JOIN item i ON i.id = s.id
        ORDER BY i.place) m
), written AS (
    INSERT INTO outbox (id, event_id, topic, order_seq, version, payload, trace, created_at)
    SELECT id, message_id, topic, seq, 1, payload, message_trace, message_at FROM message
), due AS (
    INSERT INTO outbox_pending (id, order_seq, due_at)
    SELECT id, seq, now() FROM message
)
SELECT i.place, s.seq IS NOT NULL, c.order_id IS NOT NULL,
       CASE WHEN $25::boolean AND c.order_id IS NOT NULL AND s.seq IS NULL THEN 1 / (i.place - i.place) END
FROM item i
LEFT JOIN stored s ON s.id = i.id
LEFT JOIN claimed c ON c.order_id = i.id
