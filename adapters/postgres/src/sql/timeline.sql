SELECT e.event_id, e.version, e.data::text, e.at, e.cause, e.attempt, e.trace
FROM order_events e
WHERE e.order_seq = (SELECT o.seq FROM orders o WHERE o.id = $1)
ORDER BY e.version
