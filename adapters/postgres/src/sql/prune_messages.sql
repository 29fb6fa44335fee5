-- Walks the table behind the id $1, in the order of ids, which is near enough that of writing; deletes at most $3 messages
-- that are published and were written before $2. Looks at $4 rows at most: a million that nobody could publish are no reason
-- to read them all. Tells how many are gone, behind which id to go on, and whether there is anything to go on to.
--
-- Whether a row is published is one look into an index for each, as in `claim_messages.sql`. SKIP LOCKED: several instances
-- that prune take different rows.
WITH looked_at AS MATERIALIZED (
    SELECT m.id, m.created_at
    FROM outbox m
    WHERE m.id > $1
    ORDER BY m.id
    LIMIT $4
), old AS MATERIALIZED (
    SELECT m.id
    FROM outbox m
    WHERE m.id = ANY (ARRAY(
        SELECT l.id
        FROM looked_at l
        WHERE l.created_at < $2 AND (SELECT p.id FROM outbox_pending p WHERE p.id = l.id) IS NULL
        LIMIT $3))
    FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM outbox m
    WHERE m.id = ANY (ARRAY(SELECT id FROM old))
    RETURNING m.id
), tally AS MATERIALIZED (
    SELECT count(*) AS rows, max(id) AS last FROM gone
)
SELECT tally.rows,
       CASE WHEN tally.rows = $3 THEN tally.last ELSE coalesce((SELECT max(id) FROM looked_at), 0) END,
       tally.rows = $3 OR coalesce((SELECT count(*) = $4 AND max(created_at) < $2 FROM looked_at), false)
FROM tally
