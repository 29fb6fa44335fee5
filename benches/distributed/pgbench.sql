\set n random(1, 1000000000000)
BEGIN;
INSERT INTO bench_orders (id, fingerprint, currency, price, tax, details, status, version, created_at, updated_at)
VALUES ('order-' || :n::bigint, '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'BRL', 10000, 1000,
    '{"price":"100.00","tax":"10.00","currency":"BRL","items":[],"pickup":{"lat":-23.5505,"lng":-46.6333}}', 'PENDING', 1, now(), now());
INSERT INTO bench_outbox (event_id, topic, order_seq, version, payload, created_at)
VALUES (gen_random_uuid(), 'orders.created', :n::bigint, 1,
    '{"order":{"id":"order-000000000000","status":"PENDING","version":1,"currency":"BRL","price":"100.00","tax":"10.00","final_price":"110.00","items":[],"pickup":{"lat":-23.5505,"lng":-46.6333},"created_at":"2026-01-01T00:00:00.000000Z","updated_at":"2026-01-01T00:00:00.000000Z"},"kind":"created","cause":"api","attempt":1,"at":"2026-01-01T00:00:00.000000Z"}', now());
END;
