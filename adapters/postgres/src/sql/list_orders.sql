-- Newest first. Planned anew each time, with the values at hand: a filter that is NULL falls away, and the index is the one
-- that these values leave least of. The index gives created_at; rows of one microsecond are sorted by id.
SELECT o.id, o.details::text, o.status, o.version, o.driver_id, o.driver_name, o.claim_token,
       o.manual_reason, o.cancel_reason, o.created_at, o.updated_at
FROM orders o
WHERE (o.created_at, o.id) < ($1, $2) AND o.created_at >= $9
  AND ($3::text IS NULL OR o.status = $3)
  AND ($4::text IS NULL OR o.customer_id = $4)
  AND ($5::text IS NULL OR o.driver_id = $5)
  AND ($6::text IS NULL OR o.manual_reason = $6)
ORDER BY o.created_at DESC, o.id DESC
LIMIT $7 OFFSET $8
