-- Ids are drawn in the batch's order: they are the order in which an order's messages are published.
WITH message AS MATERIALIZED (
    SELECT nextval('outbox_id_seq') AS id, m.*
    FROM (
        SELECT *
        FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[],
                    $8::bigint[], $9::text[])
            WITH ORDINALITY AS u (
                event_id, topic, order_seq, version, payload, trace, created_at, delay, wait_reason, place)
        ORDER BY place) m
), written AS (
    INSERT INTO outbox (id, event_id, topic, order_seq, version, payload, trace, created_at)
    SELECT id, event_id, topic, order_seq, version, payload, trace, created_at FROM message
)
INSERT INTO outbox_pending (id, order_seq, due_at, retry, wait_reason)
SELECT id, order_seq, now() + delay * interval '1 microsecond', delay > 0, wait_reason FROM message
