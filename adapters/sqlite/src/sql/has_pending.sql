SELECT EXISTS (SELECT 1 FROM outbox_pending WHERE order_seq = ?1)
