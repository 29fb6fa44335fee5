-- Scalar subqueries, not joins: each is a look into an index, whatever the planner believes of a table that was empty a
-- minute ago.
SELECT p.order_seq,
       (SELECT m.event_id FROM outbox m WHERE m.id = p.id AND m.topic = 'orders.dispatch_requested')
FROM outbox_pending p
WHERE p.order_seq = ANY (ARRAY(SELECT o.seq FROM orders o WHERE o.id = ANY ($1::text[])))
