-- Keys that this transaction claimed for orders which then were not written: nobody else moves their rows.
DELETE FROM idempotency_keys
WHERE ctid = ANY (ARRAY(
    SELECT k.place
    FROM unnest($1::text[], $2::text[]) AS claimed (scope, key)
    CROSS JOIN LATERAL (
        SELECT ctid AS place FROM idempotency_keys
        WHERE idempotency_keys.scope = claimed.scope AND idempotency_keys.key = claimed.key OFFSET 0) k))
