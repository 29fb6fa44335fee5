-- What the order postponed goes first from now on: else it would hold back, in their order, what comes behind. Locked in
-- the order of ids, as by whoever settles.
UPDATE outbox_pending SET due_at = now(), retry = FALSE, wait_reason = NULL
WHERE id = ANY (ARRAY(
    SELECT p.id
    FROM outbox_pending p
    WHERE p.order_seq = ANY ($1::bigint[]) AND p.due_at > now()
    ORDER BY p.id + 0
    FOR NO KEY UPDATE))
