SELECT due_at, id, order_seq
FROM outbox_pending
WHERE (due_at, id) > (?1, ?2) AND due_at <= ?3
ORDER BY due_at, id
LIMIT ?4
