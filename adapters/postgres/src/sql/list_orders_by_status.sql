-- As `list_orders.sql`, of one state, along the index of states, whatever the planner believes: where the newest of a state are not
-- among the newest of all, it would walk past all of these. `=` it takes for no part of the order, so the state is the last that
-- is not behind ($3, $1), and not before ($3, $9).
SELECT o.id, o.details::text, o.status, o.version, o.driver_id, o.driver_name, o.claim_token,
       o.manual_reason, o.cancel_reason, o.created_at, o.updated_at
FROM orders o
WHERE (o.status, o.created_at) <= ($3::text, $1) AND (o.status, o.created_at) >= ($3, $9)
  AND CASE WHEN o.created_at = $1 THEN o.id < $2 ELSE o.created_at < $1 END
  AND ($4::text IS NULL OR o.customer_id = $4)
  AND ($5::text IS NULL OR o.driver_id = $5)
  AND ($6::text IS NULL OR o.manual_reason = $6)
ORDER BY o.status DESC, o.created_at DESC, o.id DESC
LIMIT $7 OFFSET $8
