UPDATE operations
SET state = 'running', rate = $3, subject = $4, reason = coalesce($5, reason), runner = $6, heard_at = clock_timestamp(),
    started_at = clock_timestamp()
WHERE id = $1 AND kind = $2 AND state = 'frozen' AND created_at > clock_timestamp() - $7::bigint * interval '1 microsecond'
RETURNING id, kind, state, matched, done, skipped, failed, rate, subject, reason, trace, errors::text, created_at, started_at, ended_at
