-- Triggers and references are left out for the time of it: this is data as they would have made it.
SET session_replication_role = replica;
SET synchronous_commit = off;

-- Nor need it survive the server: half the time goes into its log.
ALTER TABLE order_events SET UNLOGGED;
ALTER TABLE assignments SET UNLOGGED;
ALTER TABLE idempotency_keys SET UNLOGGED;
ALTER TABLE orders SET UNLOGGED;
ALTER TABLE outbox SET UNLOGGED;
ALTER TABLE outbox_pending SET UNLOGGED;
ALTER TABLE inbox SET UNLOGGED;
ALTER TABLE dead_letters SET UNLOGGED;
ALTER TABLE drivers SET UNLOGGED;

INSERT INTO orders (id, customer_id, fingerprint, currency, price, tax, details, status, version, driver_id, driver_name,
                    claim_token, manual_reason, created_at, updated_at)
SELECT 'o-' || g, 'c-' || g % 50000, decode(repeat('ab', 32), 'hex'), 'BRL', 100, 10, '{}',
       kind, CASE kind WHEN 'PENDING' THEN 1 ELSE 2 END,
       CASE kind WHEN 'DELIVERED' THEN 'd-' || g % 10000 END, CASE kind WHEN 'DELIVERED' THEN 'n' END,
       CASE kind WHEN 'DELIVERED' THEN 't' END, CASE kind WHEN 'MANUAL_DISPATCH' THEN 'no_driver' END,
       now() - (1000000 - g) * interval '1 ms', now()
FROM (SELECT g, CASE WHEN g % 100 = 0 THEN 'MANUAL_DISPATCH' WHEN g > 900000 THEN 'PENDING' ELSE 'DELIVERED' END AS kind
      FROM generate_series(1, 1000000) g) made;

INSERT INTO order_events (order_seq, version, event_id, kind, data, at, cause, attempt)
SELECT seq, 1, gen_random_uuid(), 'created', '{}', created_at, 'api', 1 FROM orders LIMIT 300000;

INSERT INTO outbox (event_id, topic, order_seq, version, payload, created_at)
SELECT gen_random_uuid(), 'orders.created', seq, 1, '{"order":{}}', created_at FROM orders ORDER BY seq;

INSERT INTO outbox_pending (id, order_seq, due_at)
SELECT id, order_seq, created_at FROM outbox ORDER BY id;

INSERT INTO inbox (consumer, event_id, at)
SELECT 'dispatch', event_id, at FROM order_events LIMIT 200000;

INSERT INTO idempotency_keys (scope, key, fingerprint, order_id, created_at)
SELECT 'api', id, fingerprint, id, created_at FROM orders LIMIT 200000;

INSERT INTO assignments (order_seq, driver_id, token, active, started_at, ended_at)
SELECT seq, driver_id, 't', false, created_at, created_at FROM orders WHERE status = 'DELIVERED' LIMIT 200000;
INSERT INTO assignments (order_seq, driver_id, token, active, started_at)
SELECT seq, 'd-' || seq, 't', true, created_at FROM orders WHERE status = 'PENDING' LIMIT 20000;

INSERT INTO dead_letters (id, event_id, topic, order_id, error, fingerprint, payload, headers, attempts,
                          first_seen, last_seen, state)
SELECT gen_random_uuid(), gen_random_uuid(), 'orders.created', 'o-' || g, 'e', 'f-' || g % 100, '{}', '{}', 5,
       now(), now() - g * interval '1 s', CASE WHEN g % 50 = 0 THEN 'parked' WHEN g % 3 = 0 THEN 'discarded' ELSE 'replayed' END
FROM generate_series(1, 200000) g;

INSERT INTO drivers (id, name, status)
SELECT 'd-' || g, 'n', 'available' FROM generate_series(1, 100000) g;

RESET session_replication_role;
ANALYZE;
