-- Orders {from} to {to}, one in {waiting} of them waiting for a driver, and a letter for one in {letters}. The fleet, its orders and
-- what is due do not grow with them, nor does what one customer or one driver of former days has. Rare kinds are the oldest, where
-- a walk from the newest finds them last. Triggers and references are left out for the time of it: this is data as they would
-- have made it.
SET session_replication_role = replica;
SET synchronous_commit = off;

INSERT INTO orders (seq, id, order_number, customer_id, fingerprint, currency, price, tax, details, status, version, driver_id,
                    driver_name, claim_token, manual_reason, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT g, 'o-' || g, CASE WHEN g % 4 = 0 THEN 'n-' || g END, 'c-' || g / 20, decode(repeat('ab', 32), 'hex'), 'BRL', 100, 10, '{}',
       status, CASE status WHEN 'PENDING' THEN 1 WHEN 'DELIVERED' THEN 3 ELSE 2 END,
       CASE status WHEN 'DISPATCHED' THEN 'd-' || g WHEN 'DELIVERED' THEN 'h-' || g / 20 END,
       CASE WHEN status IN ('DISPATCHED', 'DELIVERED') THEN 'n' END, CASE WHEN status IN ('DISPATCHED', 'DELIVERED') THEN 't' END,
       CASE WHEN status = 'MANUAL_DISPATCH' THEN CASE WHEN g < 2000 THEN 'dead_lettered' ELSE 'no_driver' END END,
       '2026-01-01'::timestamptz + g * interval '1 ms', '2026-01-01'::timestamptz + g * interval '1 ms'
FROM (SELECT g,
             CASE WHEN g <= 1000 THEN 'DISPATCHED' WHEN g % {waiting} = 0 OR g BETWEEN 3001 AND 5000 THEN 'PENDING'
                  WHEN g % 50 = 1 THEN 'MANUAL_DISPATCH' WHEN g % 50 = 2 THEN 'CANCELLED' ELSE 'DELIVERED' END AS status
      FROM generate_series({from}, {to}) g) made;

INSERT INTO order_counts
SELECT count(*) FILTER (WHERE status = 'PENDING'), count(*) FILTER (WHERE status = 'DISPATCHED'),
       count(*) FILTER (WHERE status = 'MANUAL_DISPATCH'), count(*) FILTER (WHERE status = 'DELIVERED'),
       count(*) FILTER (WHERE status = 'CANCELLED')
FROM orders WHERE seq BETWEEN {from} AND {to};

INSERT INTO acceptances VALUES ({to} - {from} + 1);

INSERT INTO order_events (order_seq, version, event_id, kind, data, at, cause, attempt)
SELECT g, 1, lpad(to_hex(g), 32, '0')::uuid, 'created', '{}', '2026-01-01', 'api', 1 FROM generate_series({from}, {to}) g;

-- What waits lies between what is published, from the first message on.
INSERT INTO outbox (id, event_id, topic, order_seq, version, payload, created_at)
SELECT g, lpad(to_hex(g), 32, '0')::uuid, 'orders.created', g, 1, '{}', '2026-01-01'
FROM generate_series({from}, {to}) g
WHERE g > 1000 AND (g % {waiting} = 0 OR g % 4 = 1 OR g BETWEEN 3001 AND 5000);

INSERT INTO outbox_pending (id, order_seq, due_at, retry, wait_reason)
SELECT g, g, now() + interval '1 day' + g * interval '1 ms', true, 'driver'
FROM generate_series({from}, {to}) g
WHERE g > 1000 AND g % {waiting} = 0 AND g NOT BETWEEN 3001 AND 5000;

-- As many that nobody has published yet, however many orders there are.
INSERT INTO outbox_pending (id, order_seq, due_at, retry)
SELECT g, g, now() - interval '1 minute', g % 8 = 0
FROM generate_series({from}, {to}) g
WHERE g BETWEEN 3001 AND 5000;

INSERT INTO inbox (consumer, event_id, at)
SELECT 'dispatch', lpad(to_hex(g), 32, '0')::uuid, '2026-01-01' FROM generate_series({from}, {to}) g WHERE g % 4 = 0;

INSERT INTO idempotency_keys (scope, key, fingerprint, order_id, created_at)
SELECT 'api', 'k-' || g, decode(repeat('ab', 32), 'hex'), 'o-' || g, '2026-01-01'
FROM generate_series({from}, {to}) g WHERE g % 4 = 0;

INSERT INTO assignments (order_seq, driver_id, token, active, started_at, ended_at)
SELECT g, CASE WHEN g <= 1000 THEN 'd-' || g ELSE 'h-' || g / 20 END, 't', g <= 1000, '2026-01-01',
       CASE WHEN g > 1000 THEN '2026-01-01'::timestamptz END
FROM generate_series({from}, {to}) g WHERE g <= 1000 OR g % 4 = 3;

INSERT INTO dead_letters (id, event_id, topic, order_id, error, fingerprint, payload, headers, attempts,
                          first_seen, last_seen, state, discard_reason)
SELECT lpad(to_hex(g), 32, '0')::uuid, lpad(to_hex(g), 32, '0')::uuid,
       CASE WHEN g <= 1000 THEN 'orders.cancelled' ELSE 'orders.created' END, 'o-' || g, 'e',
       CASE WHEN g <= 1000 THEN 'f-rare' ELSE 'f-' || g % 40 END, '{}', '{}', 5,
       '2026-01-01'::timestamptz + g * interval '1 ms', '2026-01-01'::timestamptz + g * interval '1 ms', state,
       CASE state WHEN 'discarded' THEN 'r' END
FROM (SELECT g, CASE WHEN g <= 500 THEN 'discarded' WHEN g % 10 = 0 THEN 'replayed' ELSE 'parked' END AS state
      FROM generate_series({from}, {to}) g WHERE g % {letters} = 0 OR g <= 1000) made;

INSERT INTO letter_counts
SELECT fingerprint, count(*) FROM dead_letters
WHERE id BETWEEN lpad(to_hex({from}), 32, '0')::uuid AND lpad(to_hex({to}), 32, '0')::uuid AND state = 'parked'
GROUP BY fingerprint;

INSERT INTO audit (at, instance, subject, action, target, outcome)
SELECT '2026-01-01'::timestamptz + g * interval '1 ms', 'i', 's-' || g % 40,
       CASE WHEN g <= 500 THEN 'instance.drain' ELSE 'actor.kill' END, 'o-' || g, CASE WHEN g <= 500 THEN 'failed' ELSE 'done' END
FROM generate_series({from}, {to}) g;

-- One in eight of them an operation of two things; those of the first hundred run, those of the next are frozen.
INSERT INTO operations (id, kind, state, matched, created_at, runner, heard_at)
SELECT lpad(to_hex(g), 32, '0')::uuid, 'orders.cancel', CASE WHEN g <= 100 THEN 'running' WHEN g <= 200 THEN 'frozen' ELSE 'done' END,
       2, '2026-01-01'::timestamptz + g * interval '1 ms', lpad('0', 32, '0')::uuid, '2026-01-01'
FROM generate_series({from}, {to}) g WHERE g % 8 = 0;

INSERT INTO operation_items (operation, n, target, outcome)
SELECT lpad(to_hex(g), 32, '0')::uuid, n, 'o-' || g, CASE n WHEN 1 THEN 'done' END
FROM generate_series({from}, {to}) g, generate_series(1, 2) n WHERE g % 8 = 0;

INSERT INTO drivers (id, name, status, lat, lng, position_at, heard_at)
SELECT 'd-' || g, 'n', 'available', 0, 0, '2026-01-01', '2026-01-01' FROM generate_series({from}, {to}) g WHERE g <= 1000;

RESET session_replication_role;
ANALYZE;
