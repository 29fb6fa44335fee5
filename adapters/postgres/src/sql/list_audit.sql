-- Newest first. Planned anew each time, with its values in sight: then a filter that is not given is not there, and each of the
-- others finds its index. What is from before a moment ends at the newest line from before it.
SELECT id, at, instance, subject, role, action, target, reason, outcome, detail, trace_id
FROM audit
WHERE id < $1
  AND id > $2
  AND id > coalesce((SELECT earlier.id FROM audit earlier WHERE earlier.at < $3 ORDER BY earlier.at DESC, earlier.id DESC LIMIT 1), 0)
  AND ($4::text IS NULL OR action = $4)
  AND ($5::text IS NULL OR target = $5)
  AND ($6::text IS NULL OR subject = $6)
  AND ($7::text IS NULL OR outcome = $7)
ORDER BY id DESC
LIMIT $8
