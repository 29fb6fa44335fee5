SELECT m.id, m.event_id, m.topic, o.id, m.version, m.created_at, m.trace, octet_length(m.payload)::bigint,
       p.due_at, p.wait_reason, p.attempts, p.last_error, p.owner, p.claimed_until, m.payload
FROM outbox m
CROSS JOIN LATERAL (SELECT orders.id FROM orders WHERE orders.seq = m.order_seq OFFSET 0) o
LEFT JOIN LATERAL (SELECT * FROM outbox_pending WHERE outbox_pending.id = m.id OFFSET 0) p ON true
WHERE m.id = $1
