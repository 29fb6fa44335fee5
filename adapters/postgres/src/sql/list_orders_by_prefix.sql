-- Of the orders behind $1 whose id begins with $2, the first $10 by id: those that match, in the order of their ids. No character of
-- an id is behind `~`, which chr(127) is.
SELECT o.id, o.details::text, o.status, o.version, o.driver_id, o.driver_name, o.claim_token,
       o.manual_reason, o.cancel_reason, o.created_at, o.updated_at
FROM (
    SELECT * FROM orders WHERE orders.id > $1 AND orders.id >= $2 AND orders.id < $2 || chr(127) ORDER BY orders.id LIMIT $10
) o
WHERE o.created_at < $8 AND o.created_at >= $9
  AND ($3::text IS NULL OR o.status = $3)
  AND ($4::text IS NULL OR o.customer_id = $4)
  AND ($5::text IS NULL OR o.driver_id = $5)
  AND ($6::text IS NULL OR o.manual_reason = $6)
ORDER BY o.id
LIMIT $7 OFFSET $11
