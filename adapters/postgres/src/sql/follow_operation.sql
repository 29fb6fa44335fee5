-- Whoever comes second finds it locked, and looks for another.
UPDATE operations
SET runner = $1, heard_at = clock_timestamp()
WHERE id = (SELECT id FROM operations
            WHERE state = 'running' AND heard_at <= clock_timestamp() - $2::bigint * interval '1 microsecond'
            ORDER BY created_at
            LIMIT 1
            FOR UPDATE SKIP LOCKED)
RETURNING id, kind, state, matched, done, skipped, failed, rate, subject, reason, trace, errors::text, created_at, started_at, ended_at
