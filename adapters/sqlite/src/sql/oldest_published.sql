-- In the order of ids, which is the order of writing: the page's head, not a scan, tells what is old.
SELECT id FROM (
    SELECT m.id, m.created_at
    FROM outbox m
    WHERE NOT EXISTS (SELECT 1 FROM outbox_pending p WHERE p.id = m.id)
    ORDER BY m.id
    LIMIT ?2)
WHERE created_at < ?1
