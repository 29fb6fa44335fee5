-- What came of some items, by the numbers of those that were done, skipped and tried in vain. Who is stopped says so once more,
-- what was done by then is done, and lets go. Tells whether the runner goes on.
WITH mine AS (
    UPDATE operations
    SET done = done + cardinality($3::bigint[]), skipped = skipped + cardinality($4::bigint[]),
        failed = failed + cardinality($5::bigint[]), errors = $6::text::json, heard_at = clock_timestamp(),
        runner = CASE state WHEN 'running' THEN runner END
    WHERE id = $1 AND runner = $2 AND state IN ('running', 'stopped')
    RETURNING state
), marked AS (
    UPDATE operation_items
    SET outcome = CASE WHEN n = ANY ($3) THEN 'done' WHEN n = ANY ($4) THEN 'skipped' ELSE 'failed' END
    WHERE operation = $1 AND n = ANY ($3 || $4 || $5) AND outcome IS NULL AND EXISTS (SELECT 1 FROM mine)
)
SELECT EXISTS (SELECT 1 FROM mine WHERE state = 'running')
