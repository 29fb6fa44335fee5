-- Those that relays have claimed: which these are is known in memory.
SELECT m.id, m.event_id, m.topic, o.id, m.version, m.created_at, m.trace, length(CAST(m.payload AS BLOB)),
       p.due_at, p.wait_reason, p.attempts, p.last_error
FROM json_each(?1) claimed
JOIN outbox_pending p ON p.id = claimed.value
JOIN outbox m ON m.id = p.id
JOIN orders o ON o.seq = p.order_seq
ORDER BY p.id
