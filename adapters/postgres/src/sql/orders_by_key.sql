SELECT o.id, o.details::text, o.status, o.version, o.driver_id, o.driver_name, o.claim_token,
       o.manual_reason, o.cancel_reason, o.created_at, o.updated_at,
       encode(k.fingerprint, 'hex'), k.scope, k.key
FROM unnest($1::text[], $2::text[]) AS asked (scope, key)
CROSS JOIN LATERAL (
    SELECT * FROM idempotency_keys WHERE idempotency_keys.scope = asked.scope AND idempotency_keys.key = asked.key OFFSET 0) k
CROSS JOIN LATERAL (SELECT * FROM orders WHERE orders.id = k.order_id OFFSET 0) o
