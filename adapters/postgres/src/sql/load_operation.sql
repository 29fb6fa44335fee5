SELECT id, kind, state, matched, done, skipped, failed, rate, subject, reason, trace, errors::text, created_at, started_at, ended_at
FROM operations
WHERE id = $1
