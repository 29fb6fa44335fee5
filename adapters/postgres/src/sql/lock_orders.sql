-- Holds the orders until the transaction ends, taken in the order of `seq` everywhere. Foreign keys may still look. Sorted by a
-- sum, or the planner may walk the index on `seq` and look at every order.
SELECT o.id, o.details::text, o.status, o.version, o.driver_id, o.driver_name, o.claim_token,
       o.manual_reason, o.cancel_reason, o.created_at, o.updated_at,
       o.seq
FROM orders o
WHERE o.id = ANY ($1::text[])
ORDER BY o.seq + 0
FOR NO KEY UPDATE
