UPDATE outbox_pending SET due_at = ?2, wait_reason = NULL
WHERE order_seq = (SELECT seq FROM orders WHERE id = ?1) AND wait_reason = 'driver' AND due_at > ?2
RETURNING id, order_seq
