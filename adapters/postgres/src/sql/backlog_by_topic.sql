-- The oldest rows, $1 at most, told apart by their topics.
SELECT m.topic, count(*), (extract(epoch FROM clock_timestamp() - min(p.due_at)) * 1000000)::bigint
FROM (SELECT id, due_at FROM outbox_pending ORDER BY id LIMIT $1) p
CROSS JOIN LATERAL (SELECT topic FROM outbox WHERE outbox.id = p.id OFFSET 0) m
GROUP BY m.topic
ORDER BY count(*) DESC, m.topic
