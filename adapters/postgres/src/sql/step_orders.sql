-- Every order takes its step: their rows are locked, and at the version that was looked at. Else this fails, by a number that
-- does not read: what follows in the transaction has been sent already, COMMIT included.
WITH stepped AS (
    UPDATE orders o
    SET status = s.status, version = s.version, driver_id = s.driver_id, driver_name = s.driver_name,
        claim_token = s.claim_token, manual_reason = s.manual_reason, cancel_reason = s.cancel_reason,
        updated_at = s.updated_at
    FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::timestamptz[])
        AS s (seq, status, version, driver_id, driver_name, claim_token, manual_reason, cancel_reason, updated_at)
    WHERE o.seq = ANY ($1) AND o.seq = s.seq AND o.version = s.version - 1
    RETURNING o.seq
)
SELECT CASE WHEN count(*) <> cardinality($1::bigint[])
            THEN (count(*) || ' of ' || cardinality($1::bigint[]) || ' orders took their step')::bigint
       END
FROM stepped
