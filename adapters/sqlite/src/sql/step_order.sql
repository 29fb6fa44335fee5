UPDATE orders
SET status = ?3, version = ?4, driver_id = ?5, driver_name = ?6, claim_token = ?7,
    manual_reason = ?8, cancel_reason = ?9, updated_at = ?10
WHERE seq = ?1 AND version = ?2
