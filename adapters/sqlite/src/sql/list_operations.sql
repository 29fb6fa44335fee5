SELECT id, kind, state, matched, done, skipped, failed, rate, subject, reason, trace, errors, created_at, started_at, ended_at
FROM operations
ORDER BY id DESC
LIMIT ?1
