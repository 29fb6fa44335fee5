-- As `list_orders_by_status.sql`, of what waits for a person, for one reason. Nothing else has one, so its state is not
-- asked of any row: the index of states would be taken, and all that wait be sorted.
SELECT o.id, o.details::text, o.status, o.version, o.driver_id, o.driver_name, o.claim_token,
       o.manual_reason, o.cancel_reason, o.created_at, o.updated_at
FROM orders o
WHERE (o.manual_reason, o.created_at) <= ($6::text, $1) AND o.manual_reason >= $6
  AND CASE WHEN o.created_at = $1 THEN o.id < $2 ELSE o.created_at < $1 END
  AND ($3::text IS NULL OR $3 = 'MANUAL_DISPATCH')
  AND ($4::text IS NULL OR o.customer_id = $4)
  AND ($5::text IS NULL OR o.driver_id = $5)
ORDER BY o.manual_reason DESC, o.created_at DESC, o.id DESC
LIMIT $7 OFFSET $8
