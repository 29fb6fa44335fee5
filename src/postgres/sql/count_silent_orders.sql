-- Orders whose driver was not heard of for so many seconds, nor given the order since. `greatest` passes over NULL.
SELECT count(*)
FROM orders o
JOIN drivers d ON d.id = o.driver_id
WHERE o.status = 'DISPATCHED'
  AND greatest(d.position_at, d.heard_at, o.updated_at) < clock_timestamp() - make_interval(secs => $1)
