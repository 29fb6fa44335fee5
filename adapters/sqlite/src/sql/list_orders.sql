-- Newest first. The index gives created_at; rows of one microsecond are sorted by id.
SELECT o.id, o.details, o.status, o.version, o.driver_id, o.driver_name, o.claim_token,
       o.manual_reason, o.cancel_reason, o.created_at, o.updated_at
FROM orders o
WHERE (o.created_at, o.id) < (:created_at, :id) AND o.created_at >= :since
  AND (:status IS NULL OR o.status = :status)
  AND (:customer IS NULL OR o.customer_id = :customer)
  AND (:driver IS NULL OR o.driver_id = :driver)
  AND (:reason IS NULL OR o.manual_reason = :reason)
ORDER BY o.created_at DESC, o.id DESC
LIMIT :limit OFFSET :offset
