-- A million orders that have their driver, and of each the message that says so: information only, confirmed by the broker
-- and kept in no work queue.
WITH placed AS (
    INSERT INTO orders (id, fingerprint, currency, price, tax, details, status, version, driver_id, driver_name, claim_token, created_at, updated_at)
    SELECT 'order-' || n, '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'BRL', 10000, 1000, '{}', 'DISPATCHED', 2,
        'driver-' || n, 'Driver', gen_random_uuid()::text, now(), now()
    FROM generate_series(1, 1000000) n
    RETURNING seq, id
), written AS (
    INSERT INTO outbox (event_id, topic, order_seq, version, payload, created_at)
    SELECT gen_random_uuid(), 'orders.dispatched', seq, 2, '{"order":{"id":"' || id || '","status":"DISPATCHED","version":2,"currency":"BRL","price":"100.00","tax":"10.00","pickup":{"lat":-23.5505,"lng":-46.6333}},"kind":"dispatched","cause":"dispatcher","attempt":1}', now()
    FROM placed
    RETURNING id, order_seq
)
INSERT INTO outbox_pending (id, order_seq, due_at) SELECT id, order_seq, now() FROM written;
