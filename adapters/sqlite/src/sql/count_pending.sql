SELECT count(*) FROM outbox_pending
