-- Keys that were claimed for orders which then were not written.
DELETE FROM idempotency_keys
WHERE (scope, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))
