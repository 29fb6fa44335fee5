-- As `tests/distributed/postgres/volume/fill.sql`, and as much of it: orders {from} to {to}, one in {waiting} of them waiting for a
-- driver, and a letter for one in {letters}. The fleet, its orders and what is due do not grow with them, nor does what one
-- customer or one driver of former days has. Rare kinds are the oldest.
CREATE TEMP TABLE made (g INTEGER PRIMARY KEY, status TEXT);
INSERT INTO made
SELECT value,
       CASE WHEN value <= 1000 THEN 'DISPATCHED' WHEN value % {waiting} = 0 OR value BETWEEN 3001 AND 5000 THEN 'PENDING'
            WHEN value % 50 = 1 THEN 'MANUAL_DISPATCH' WHEN value % 50 = 2 THEN 'CANCELLED' ELSE 'DELIVERED' END
FROM (WITH RECURSIVE g (value) AS (SELECT {from} UNION ALL SELECT value + 1 FROM g WHERE value < {to}) SELECT value FROM g);

INSERT INTO orders (seq, id, order_number, customer_id, fingerprint, currency, price, tax, details, status, version, driver_id,
                    driver_name, claim_token, manual_reason, created_at, updated_at)
SELECT g, 'o-' || g, CASE WHEN g % 4 = 0 THEN 'n-' || g END, 'c-' || g / 20, zeroblob(32), 'BRL', 100, 10, '{}',
       status, CASE status WHEN 'PENDING' THEN 1 WHEN 'DELIVERED' THEN 3 ELSE 2 END,
       CASE status WHEN 'DISPATCHED' THEN 'd-' || g WHEN 'DELIVERED' THEN 'h-' || g / 20 END,
       CASE WHEN status IN ('DISPATCHED', 'DELIVERED') THEN 'n' END, CASE WHEN status IN ('DISPATCHED', 'DELIVERED') THEN 't' END,
       CASE WHEN status = 'MANUAL_DISPATCH' THEN CASE WHEN g < 2000 THEN 'dead_lettered' ELSE 'no_driver' END END,
       g * 1000, g * 1000
FROM made;

INSERT INTO order_events (order_seq, version, event_id, kind, data, at, cause, attempt)
SELECT g, 1, unhex(printf('%032x', g)), 'created', '{}', 0, 'api', 1 FROM made;

-- What waits lies between what is published, from the first message on.
INSERT INTO outbox (id, event_id, topic, order_seq, version, payload, created_at)
SELECT g, unhex(printf('%032x', g)), 'orders.created', g, 1, '{}', 0 FROM made
WHERE g > 1000 AND (g % {waiting} = 0 OR g % 4 = 1 OR g BETWEEN 3001 AND 5000);

INSERT INTO outbox_pending (id, order_seq, due_at, wait_reason)
SELECT g, g, {now} + g, 'driver' FROM made WHERE g > 1000 AND g % {waiting} = 0 AND g NOT BETWEEN 3001 AND 5000;

INSERT INTO outbox_pending (id, order_seq, due_at) SELECT g, g, g FROM made WHERE g BETWEEN 3001 AND 5000;

INSERT INTO inbox (consumer, event_id, at)
SELECT 'dispatch', unhex(printf('%032x', g)), 0 FROM made WHERE g % 4 = 0;

INSERT INTO idempotency_keys (scope, key, fingerprint, order_seq, created_at)
SELECT 'api', 'k-' || g, zeroblob(32), g, 0 FROM made WHERE g % 4 = 0;

INSERT INTO assignments (order_seq, driver_id, token, active, started_at, ended_at)
SELECT g, CASE WHEN g <= 1000 THEN 'd-' || g ELSE 'h-' || g / 20 END, 't', g <= 1000, 0, CASE WHEN g > 1000 THEN 1 END
FROM made WHERE g <= 1000 OR g % 4 = 3;

INSERT INTO dead_letters (id, event_id, topic, order_id, error, fingerprint, payload, headers, attempts,
                          first_seen, last_seen, state, discard_reason)
SELECT unhex(printf('%032x', g)), unhex(printf('%032x', g)), CASE WHEN g <= 1000 THEN 'orders.cancelled' ELSE 'orders.created' END,
       'o-' || g, 'e', CASE WHEN g <= 1000 THEN 'f-rare' ELSE 'f-' || g % 40 END, '{}', '{}', 5, g * 1000, g * 1000,
       CASE WHEN g <= 500 THEN 'discarded' WHEN g % 10 = 0 THEN 'replayed' ELSE 'parked' END, CASE WHEN g <= 500 THEN 'r' END
FROM made WHERE g % {letters} = 0 OR g <= 1000;

INSERT INTO audit (id, at, instance, subject, action, target, outcome)
SELECT g, g * 1000, 'i', 's-' || g % 40, CASE WHEN g <= 500 THEN 'instance.drain' ELSE 'actor.kill' END, 'o-' || g,
       CASE WHEN g <= 500 THEN 'failed' ELSE 'done' END
FROM made;

-- One in eight of them an operation of two things; those of one hundred run or are frozen, whatever else there was.
INSERT INTO operations (id, kind, state, matched, created_at, runner, heard_at)
SELECT unhex(printf('%032x', g)), 'orders.cancel', CASE WHEN g <= 100 THEN 'running' WHEN g <= 200 THEN 'frozen' ELSE 'done' END,
       2, g, zeroblob(16), g
FROM made WHERE g % 8 = 0 OR g = 1;

INSERT INTO operation_items (operation, n, target, outcome)
SELECT unhex(printf('%032x', g)), n, 'o-' || g, CASE n WHEN 1 THEN 'done' END
FROM made, (SELECT 1 AS n UNION ALL SELECT 2) WHERE g % 8 = 0;

INSERT INTO drivers (id, name, status, lat, lng, position_at, heard_at)
SELECT 'd-' || g, 'n', 'available', 0, 0, 0, 0 FROM made WHERE g <= 1000;

DROP TABLE made;
