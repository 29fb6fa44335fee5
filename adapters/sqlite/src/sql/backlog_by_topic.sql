-- The oldest rows, told apart by their topics.
SELECT m.topic, count(*), min(p.due_at)
FROM (SELECT id, due_at FROM outbox_pending ORDER BY id LIMIT ?1) p
JOIN outbox m ON m.id = p.id
GROUP BY m.topic
ORDER BY count(*) DESC, m.topic
