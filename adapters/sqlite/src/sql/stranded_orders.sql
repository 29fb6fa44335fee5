SELECT o.id
FROM orders o
WHERE o.seq IN (SELECT p.seq FROM orders p WHERE p.status = 'PENDING' ORDER BY p.created_at LIMIT 50000)
  AND o.created_at < ?1
  AND NOT EXISTS (SELECT 1 FROM outbox_pending m WHERE m.order_seq = o.seq)
ORDER BY o.created_at
LIMIT ?2
