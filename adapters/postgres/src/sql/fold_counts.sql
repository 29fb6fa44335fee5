-- Many rows into one with their sum, when there are $1 at least; $2 at most. Tells how many went. Rows are never updated, so a
-- row that is locked stays where its ctid says; two that fold at once take different rows. One statement: whoever counts
-- sees the rows or their sum.
WITH old AS (
    DELETE FROM order_counts
    WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM order_counts
        WHERE (SELECT count(*) FROM (SELECT 1 FROM order_counts LIMIT $1) few) = $1
        LIMIT $2
        FOR UPDATE SKIP LOCKED))
    RETURNING *
), folded AS (
    INSERT INTO order_counts
    SELECT sum(pending), sum(dispatched), sum(manual_dispatch), sum(delivered), sum(cancelled)
    FROM old
    HAVING count(*) > 0
)
SELECT count(*) FROM old
