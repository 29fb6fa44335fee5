SELECT a.driver_id, (SELECT o.id FROM orders o WHERE o.seq = a.order_seq), a.token
FROM assignments a
WHERE a.active AND a.driver_id > $1
ORDER BY a.driver_id
LIMIT $2
