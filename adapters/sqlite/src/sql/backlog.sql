-- The first is one seek; the second reads the index entries of what is postponed, and no more.
SELECT (SELECT min(due_at) FROM outbox_pending),
       (SELECT count(*) FROM outbox_pending WHERE due_at > ?1)
