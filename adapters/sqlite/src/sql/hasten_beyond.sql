UPDATE outbox_pending SET due_at = ?1, wait_reason = NULL
WHERE id IN (SELECT id FROM outbox_pending WHERE due_at > ?2 ORDER BY due_at LIMIT ?3)
RETURNING id, order_seq
