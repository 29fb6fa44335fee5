-- Newest first, of one subject. What is from before a moment ends at the newest line from before it.
SELECT id, at, instance, subject, role, action, target, reason, outcome, detail, trace_id
FROM audit INDEXED BY audit_by_subject
WHERE id < ?1
  AND id > ?2
  AND id > coalesce((SELECT earlier.id FROM audit earlier WHERE earlier.at < ?3 ORDER BY earlier.at DESC, earlier.id DESC LIMIT 1), 0)
  AND (?4 IS NULL OR action = ?4)
  AND (?5 IS NULL OR target = ?5)
  AND subject = ?6
  AND (?7 IS NULL OR outcome = ?7)
ORDER BY id DESC
LIMIT ?8
