SELECT e.event_id, e.version, e.data, e.at, e.cause, e.attempt, e.trace
FROM orders o
JOIN order_events e ON e.order_seq = o.seq
WHERE o.id = ?1
ORDER BY e.version
