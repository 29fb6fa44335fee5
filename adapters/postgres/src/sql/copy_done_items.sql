-- The set of an operation out of what another has done; tells how many that are.
WITH made AS (
    INSERT INTO operations (id, kind, state, matched, subject, reason, trace, created_at)
    SELECT $1, $2, 'frozen', count(*), $4, $5, $6, $7
    FROM operation_items WHERE operation = $3 AND outcome = 'done'
    RETURNING id, matched
), copied AS (
    INSERT INTO operation_items (operation, n, target)
    SELECT $1, n, target FROM operation_items WHERE operation = $3 AND outcome = 'done'
)
SELECT matched FROM made
