SELECT p.id, p.due_at, p.attempts, m.event_id, m.topic, o.id, m.version, m.payload, m.trace, m.created_at
FROM outbox_pending p
JOIN outbox m ON m.id = p.id
JOIN orders o ON o.seq = p.order_seq
WHERE p.order_seq = ?1
ORDER BY p.id
