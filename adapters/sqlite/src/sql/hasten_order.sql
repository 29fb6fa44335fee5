UPDATE outbox_pending SET due_at = ?2, wait_reason = NULL
WHERE order_seq = ?1 AND due_at > ?2
RETURNING id, order_seq
