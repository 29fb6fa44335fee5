INSERT INTO outbox_pending (id, order_seq, due_at, wait_reason) VALUES (?1, ?2, ?3, ?4)
