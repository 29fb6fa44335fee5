SELECT min(due_at) FROM outbox_pending WHERE due_at > ?1
