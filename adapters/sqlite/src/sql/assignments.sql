SELECT a.driver_id, o.id, a.token
FROM assignments a
JOIN orders o ON o.seq = a.order_seq
WHERE a.active = 1 AND a.driver_id > ?1
ORDER BY a.driver_id
LIMIT ?2
