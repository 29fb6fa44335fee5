-- As `fold_counts.sql`.
WITH old AS (
    DELETE FROM acceptances
    WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM acceptances
        WHERE (SELECT count(*) FROM (SELECT 1 FROM acceptances LIMIT $1) few) = $1
        LIMIT $2
        FOR UPDATE SKIP LOCKED))
    RETURNING *
), folded AS (
    INSERT INTO acceptances SELECT sum(orders) FROM old HAVING count(*) > 0
)
SELECT count(*) FROM old
