SELECT o.id, o.details::text, o.status, o.version, o.driver_id, o.driver_name, o.claim_token,
       o.manual_reason, o.cancel_reason, o.created_at, o.updated_at,
       encode(k.fingerprint, 'hex'), k.scope, k.key
FROM unnest($1::text[], $2::text[]) AS asked (scope, key)
JOIN idempotency_keys k ON k.scope = asked.scope AND k.key = asked.key
JOIN orders o ON o.id = k.order_id
