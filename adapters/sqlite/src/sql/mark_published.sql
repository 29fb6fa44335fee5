DELETE FROM outbox_pending WHERE id = ?1
