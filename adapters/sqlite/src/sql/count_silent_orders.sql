-- Orders whose driver was heard of before ?1 for the last time, and has had the order since before that.
SELECT count(*)
FROM orders o
JOIN drivers d ON d.id = o.driver_id
WHERE o.status = 'DISPATCHED'
  AND max(ifnull(max(d.position_at, ifnull(d.heard_at, d.position_at)), 0), o.updated_at) < ?1
