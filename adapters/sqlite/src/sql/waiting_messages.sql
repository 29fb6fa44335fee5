SELECT id, order_seq
FROM outbox_pending
WHERE wait_reason = ?1 AND due_at > ?2
ORDER BY order_seq, id
LIMIT ?3
