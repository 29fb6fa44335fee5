-- As `fold_counts.sql`, a row a kind.
WITH old AS (
    DELETE FROM letter_counts
    WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM letter_counts
        WHERE (SELECT count(*) FROM (SELECT 1 FROM letter_counts LIMIT $1) few) = $1
        LIMIT $2
        FOR UPDATE SKIP LOCKED))
    RETURNING *
), folded AS (
    INSERT INTO letter_counts
    SELECT fingerprint, sum(parked) FROM old GROUP BY fingerprint HAVING sum(parked) <> 0
)
SELECT count(*) FROM old
