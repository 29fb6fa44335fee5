-- Which of these events are ours to answer: whoever inserts the row. A second writer waits here for the first one's end.
INSERT INTO inbox (consumer, event_id, at)
SELECT $1, e.id, now()
FROM unnest($2::uuid[]) AS e (id)
ORDER BY e.id
ON CONFLICT DO NOTHING
RETURNING event_id
