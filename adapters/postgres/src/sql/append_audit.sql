-- One after the other, whoever writes: who has read up to a line has seen all with smaller ids.
WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtext('tropa audit'), 0) AS held)
INSERT INTO audit (at, instance, subject, role, action, target, reason, outcome, detail, trace_id)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM held
RETURNING id
