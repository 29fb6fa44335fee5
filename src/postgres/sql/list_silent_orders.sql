-- Newest first, of those whose driver was not heard of for so many seconds, nor given the order since. Planned anew each time,
-- with the values at hand. `greatest` passes over NULL.
SELECT o.id, o.details::text, o.status, o.version, o.driver_id, o.driver_name, o.claim_token,
       o.manual_reason, o.cancel_reason, o.created_at, o.updated_at
FROM orders o
JOIN drivers d ON d.id = o.driver_id
WHERE (o.created_at, o.id) < ($1, $2)
  AND o.status = 'DISPATCHED'
  AND greatest(d.position_at, d.heard_at, o.updated_at) < clock_timestamp() - make_interval(secs => $9)
  AND ($3::text IS NULL OR o.status = $3)
  AND ($4::text IS NULL OR o.customer_id = $4)
  AND ($5::text IS NULL OR o.driver_id = $5)
  AND ($6::text IS NULL OR o.manual_reason = $6)
ORDER BY o.created_at DESC, o.id DESC
LIMIT $7 OFFSET $8
