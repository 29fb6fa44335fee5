-- What the order postponed goes first from now on: else it would hold back, in their order, what comes behind.
UPDATE outbox_pending SET due_at = now(), retry = FALSE, wait_reason = NULL
WHERE order_seq = ANY ($1::bigint[]) AND due_at > now()
