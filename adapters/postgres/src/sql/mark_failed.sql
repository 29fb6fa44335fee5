-- $4 is how long each waits, in microseconds: the database's clock decides when that is over.
UPDATE outbox_pending p
SET due_at = clock_timestamp() + failed.delay * interval '1 microsecond',
    retry = true,
    attempts = p.attempts + 1,
    last_error = failed.error,
    owner = NULL,
    claimed_until = NULL,
    claim_token = p.claim_token + 1
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) AS failed (id, token, error, delay)
WHERE p.id = ANY ($1) AND p.id = failed.id AND p.claim_token = failed.token
