UPDATE drivers SET lat = ?2, lng = ?3, heading = ?4, position_at = ?5
WHERE id = ?1 AND (position_at IS NULL OR position_at <= ?5)
