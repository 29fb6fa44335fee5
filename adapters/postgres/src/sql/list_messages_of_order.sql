-- What is unpublished of one order, behind row $1: few rows, all of them.
SELECT m.id, m.event_id, m.topic, $2::text, m.version, m.created_at, m.trace, octet_length(m.payload)::bigint,
       p.due_at, p.wait_reason, p.attempts, p.last_error, p.owner, p.claimed_until
FROM outbox_pending p
CROSS JOIN LATERAL (SELECT * FROM outbox WHERE outbox.id = p.id OFFSET 0) m
WHERE p.order_seq = (SELECT seq FROM orders WHERE orders.id = $2) AND p.id + 0 > $1
ORDER BY p.id + 0
LIMIT $3
