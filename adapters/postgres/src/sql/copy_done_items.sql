-- The set of an operation out of what another has done; tells how many that are. Nothing as long as somebody has some of that other
-- one in hand.
WITH ended AS (
    SELECT id FROM operations
    WHERE id = $3 AND (runner IS NULL OR state <> 'stopped' OR heard_at <= clock_timestamp() - $8::bigint * interval '1 microsecond')
), made AS (
    INSERT INTO operations (id, kind, state, matched, subject, reason, trace, created_at)
    SELECT $1, $2, 'frozen', (SELECT count(*) FROM operation_items WHERE operation = $3 AND outcome = 'done'), $4, $5, $6, $7
    FROM ended
    RETURNING id, matched
), copied AS (
    INSERT INTO operation_items (operation, n, target)
    SELECT $1, n, target FROM operation_items
    WHERE operation = $3 AND outcome = 'done' AND EXISTS (SELECT 1 FROM ended)
)
SELECT matched FROM made
