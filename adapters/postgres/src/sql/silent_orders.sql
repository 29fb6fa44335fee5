-- Those of these orders whose driver was not heard of for so many seconds, and when they were: at least since the order is theirs.
-- `greatest` passes over NULL. One look into `drivers` for each order, whatever the planner takes that table for.
SELECT o.id, coalesce(d.heard_at, o.updated_at)
FROM orders o
CROSS JOIN LATERAL (
    SELECT greatest(drivers.position_at, drivers.heard_at) AS heard_at FROM drivers WHERE drivers.id = o.driver_id OFFSET 0
) d
WHERE o.id = ANY ($1::text[])
  AND o.status = 'DISPATCHED'
  AND greatest(d.heard_at, o.updated_at) < clock_timestamp() - make_interval(secs => $2)
