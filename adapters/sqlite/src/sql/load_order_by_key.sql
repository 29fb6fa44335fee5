SELECT o.id, o.details, o.status, o.version, o.driver_id, o.driver_name, o.claim_token,
       o.manual_reason, o.cancel_reason, o.created_at, o.updated_at,
       k.fingerprint = unhex(?3)
FROM idempotency_keys k
JOIN orders o ON o.seq = k.order_seq
WHERE k.scope IN (?1, ?4) AND k.key = ?2
-- What the caller's own credential has stored comes before what everybody of that name has.
ORDER BY k.scope = ?4 DESC
LIMIT 1
