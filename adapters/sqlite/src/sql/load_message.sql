SELECT m.id, m.event_id, m.topic, o.id, m.version, m.created_at, m.trace, length(CAST(m.payload AS BLOB)),
       p.due_at, p.wait_reason, p.attempts, p.last_error, m.payload
FROM outbox m
JOIN orders o ON o.seq = m.order_seq
LEFT JOIN outbox_pending p ON p.id = m.id
WHERE m.id = ?1
