INSERT INTO idempotency_keys (scope, key, fingerprint, order_seq, created_at)
VALUES (?1, ?2, unhex(?3), ?4, ?5)
