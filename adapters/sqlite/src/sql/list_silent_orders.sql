-- Newest first, of those whose driver was heard of before :heard for the last time, and has had the order since before that.
SELECT o.id, o.details, o.status, o.version, o.driver_id, o.driver_name, o.claim_token,
       o.manual_reason, o.cancel_reason, o.created_at, o.updated_at
FROM orders o
JOIN drivers d ON d.id = o.driver_id
WHERE (o.created_at, o.id) < (:created_at, :id)
  AND o.status = 'DISPATCHED'
  AND max(ifnull(max(d.position_at, ifnull(d.heard_at, d.position_at)), 0), o.updated_at) < :heard
  AND o.created_at >= :since
  AND (:status IS NULL OR o.status = :status)
  AND (:customer IS NULL OR o.customer_id = :customer)
  AND (:driver IS NULL OR o.driver_id = :driver)
  AND (:reason IS NULL OR o.manual_reason = :reason)
ORDER BY o.created_at DESC, o.id DESC
LIMIT :limit OFFSET :offset
