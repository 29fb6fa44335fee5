-- Many rows into one with their sum. Rows are never updated, so a row that is locked stays where its ctid says; two that
-- fold at once take different rows.
WITH old AS (
    DELETE FROM order_counts
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM order_counts LIMIT $1 FOR UPDATE SKIP LOCKED))
    RETURNING *
)
INSERT INTO order_counts
SELECT sum(pending), sum(dispatched), sum(manual_dispatch), sum(delivered), sum(cancelled)
FROM old
HAVING count(*) > 0
