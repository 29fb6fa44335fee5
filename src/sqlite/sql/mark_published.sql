DELETE FROM outbox_pending WHERE id = ?1 RETURNING order_seq
