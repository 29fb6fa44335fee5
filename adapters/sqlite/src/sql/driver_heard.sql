-- When the driver of a dispatched order was heard of, and when it was dispatched.
SELECT max(d.position_at, ifnull(d.heard_at, d.position_at)), o.updated_at
FROM orders o
JOIN drivers d ON d.id = o.driver_id
WHERE o.id = ?1 AND o.status = 'DISPATCHED'
