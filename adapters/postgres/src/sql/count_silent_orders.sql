-- Orders whose driver was not heard of for so many seconds, nor given the order since. `greatest` passes over NULL. One look into
-- `drivers` for each order that somebody has, whatever the planner takes that table for: joined, both were read in the order of
-- drivers, and with them every order that anybody ever had.
SELECT count(*)
FROM orders o
CROSS JOIN LATERAL (
    SELECT greatest(drivers.position_at, drivers.heard_at) AS heard_at FROM drivers WHERE drivers.id = o.driver_id OFFSET 0
) d
WHERE o.status = 'DISPATCHED'
  AND greatest(d.heard_at, o.updated_at) < clock_timestamp() - make_interval(secs => $1)
