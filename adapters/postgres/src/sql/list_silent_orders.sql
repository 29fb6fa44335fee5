-- Newest first, of those whose driver was not heard of for so many seconds, nor given the order since. Planned anew each time,
-- with the values at hand. `greatest` passes over NULL. LATERAL as in `count_silent_orders.sql`. Sorted
-- by a sum, or all orders may be walked from the newest on: somebody has as many as there are drivers, at most.
SELECT o.id, o.details::text, o.status, o.version, o.driver_id, o.driver_name, o.claim_token,
       o.manual_reason, o.cancel_reason, o.created_at, o.updated_at
FROM orders o
CROSS JOIN LATERAL (
    SELECT greatest(drivers.position_at, drivers.heard_at) AS heard_at FROM drivers WHERE drivers.id = o.driver_id OFFSET 0
) d
WHERE o.status = 'DISPATCHED'
  AND CASE WHEN o.created_at = $1 THEN o.id < $2 ELSE o.created_at < $1 END
  AND greatest(d.heard_at, o.updated_at) < clock_timestamp() - make_interval(secs => $10)
  AND o.created_at + interval '0' >= $9
  AND ($3::text IS NULL OR o.status = $3)
  AND ($4::text IS NULL OR o.customer_id = $4)
  AND ($5::text IS NULL OR o.driver_id = $5)
  AND ($6::text IS NULL OR o.manual_reason = $6)
ORDER BY o.created_at + interval '0' DESC, o.id DESC
LIMIT $7 OFFSET $8
