-- Planned anew each time, with its values in sight: then a filter that is not given is not there, and each of the others
-- finds its index.
SELECT id, event_id, topic, order_id, error, fingerprint, payload, headers::text,
       attempts, first_seen, last_seen, state, discard_reason
FROM dead_letters
WHERE ($1::uuid[] IS NULL OR id = ANY ($1))
  AND ($2::text IS NULL OR state = $2)
  AND ($3::text IS NULL OR fingerprint = $3)
  AND ($4::text IS NULL OR topic = $4)
  AND ($5::text IS NULL OR order_id = $5)
ORDER BY last_seen DESC, id DESC
LIMIT $6 OFFSET $7
