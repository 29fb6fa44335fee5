-- The job that is being answered does not count: it is unpublished until its consumer has settled it.
SELECT EXISTS (
    SELECT 1
    FROM outbox_pending p
    JOIN outbox m ON m.id = p.id
    WHERE p.order_seq = ?1 AND m.topic = 'orders.dispatch_requested' AND m.event_id IS NOT ?2)
