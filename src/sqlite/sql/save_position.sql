-- `Position::supersedes` of the domain, in SQL. ?7: its slack. What a version before 4 wrote has no heard_at, or an older one.
UPDATE drivers SET lat = ?2, lng = ?3, heading = ?4, position_at = ?5, heard_at = ?6
WHERE id = ?1
  AND (position_at IS NULL
    OR max(position_at, ifnull(heard_at, position_at)) > ?6 + ?7
    OR (?5, ?6) >= (position_at, max(position_at, ifnull(heard_at, position_at))))
