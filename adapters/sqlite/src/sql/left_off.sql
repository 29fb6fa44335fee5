-- When the file was written last: at the last mark, or with the newest message if that came later.
SELECT coalesce((SELECT m.created_at FROM outbox m WHERE m.id > c.message ORDER BY m.id DESC LIMIT 1), c.at)
FROM clock c
WHERE c.id = 1
