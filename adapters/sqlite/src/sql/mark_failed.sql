UPDATE outbox_pending SET due_at = ?2, attempts = attempts + 1, last_error = ?3 WHERE id = ?1
