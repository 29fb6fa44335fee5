SELECT m.id, m.event_id, m.topic, o.id, m.version, m.created_at, m.trace, length(CAST(m.payload AS BLOB)),
       p.due_at, p.wait_reason, p.attempts, p.last_error
FROM outbox_pending p
JOIN outbox m ON m.id = p.id
JOIN orders o ON o.seq = p.order_seq
WHERE p.order_seq = (SELECT seq FROM orders WHERE id = ?3) AND p.id > ?1
ORDER BY p.id
LIMIT ?2
