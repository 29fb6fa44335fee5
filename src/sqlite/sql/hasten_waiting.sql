UPDATE outbox_pending SET due_at = ?2, wait_reason = NULL
WHERE id IN (
    SELECT id FROM outbox_pending
    WHERE wait_reason = ?1 AND due_at > ?2
    ORDER BY id
    LIMIT ?3)
RETURNING id, order_seq
