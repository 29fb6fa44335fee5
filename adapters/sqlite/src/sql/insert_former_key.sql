-- The same key as the version before looks for it. It may be there: then it is another caller's of that version.
INSERT OR IGNORE INTO idempotency_keys (scope, key, fingerprint, order_seq, created_at)
VALUES (?1, ?2, unhex(?3), ?4, ?5)
