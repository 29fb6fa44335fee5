INSERT INTO dead_letters (id, event_id, topic, order_id, error, fingerprint, payload, headers,
                          attempts, first_seen, last_seen, state)
SELECT id, event_id, topic, order_id, error, fingerprint, payload, headers::json,
       attempts, first_seen, last_seen, 'parked'
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::bigint[], $10::timestamptz[], $11::timestamptz[])
    AS l (id, event_id, topic, order_id, error, fingerprint, payload, headers, attempts, first_seen, last_seen)
ORDER BY event_id
ON CONFLICT (event_id) DO UPDATE
SET error = excluded.error, fingerprint = excluded.fingerprint, attempts = excluded.attempts,
    last_seen = excluded.last_seen, state = 'parked', discard_reason = NULL
