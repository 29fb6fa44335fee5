-- Of the orders behind :after whose id begins with :prefix, the first :most by id: those that match, in the order of their ids. No
-- character of an id is behind `~`, which char(127) is.
SELECT o.id, o.details, o.status, o.version, o.driver_id, o.driver_name, o.claim_token,
       o.manual_reason, o.cancel_reason, o.created_at, o.updated_at
FROM (SELECT * FROM orders WHERE id >= max(:after, :prefix) AND id <> :after AND id < :prefix || char(127) ORDER BY id LIMIT :most) o
WHERE o.created_at < :before AND o.created_at >= :since
  AND (:status IS NULL OR o.status = :status)
  AND (:customer IS NULL OR o.customer_id = :customer)
  AND (:driver IS NULL OR o.driver_id = :driver)
  AND (:reason IS NULL OR o.manual_reason = :reason)
ORDER BY o.id
LIMIT :limit OFFSET :offset
