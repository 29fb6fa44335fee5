UPDATE outbox_pending SET due_at = ?2, wait_reason = NULL WHERE id = ?1
