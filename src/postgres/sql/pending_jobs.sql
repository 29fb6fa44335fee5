SELECT o.id, m.event_id
FROM orders o
JOIN outbox_pending p ON p.order_seq = o.seq
JOIN outbox m ON m.id = p.id
WHERE o.id = ANY ($1::text[]) AND m.topic = 'orders.dispatch_requested'
