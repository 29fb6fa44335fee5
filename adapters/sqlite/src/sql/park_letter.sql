INSERT INTO dead_letters (id, event_id, topic, order_id, error, fingerprint, payload, headers,
                          attempts, first_seen, last_seen, state)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'parked')
ON CONFLICT (event_id) DO UPDATE
SET error = excluded.error, fingerprint = excluded.fingerprint, attempts = excluded.attempts,
    last_seen = excluded.last_seen, state = 'parked', discard_reason = NULL
