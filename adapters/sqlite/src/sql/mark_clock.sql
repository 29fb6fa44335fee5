-- Counts no more than what passed by the clock since the mark before.
INSERT INTO clock (id, ran, at, message)
VALUES (1, 0, ?1, coalesce((SELECT max(id) FROM outbox), 0))
ON CONFLICT (id) DO UPDATE
SET ran = ran + max(0, min(?2, excluded.at - at)), at = excluded.at, message = excluded.message
