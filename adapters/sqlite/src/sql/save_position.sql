-- `Position::hearing` of the domain, in SQL. ?7: its slack. What a version before 4 wrote has no heard_at, or an older one.
UPDATE drivers
SET lat = iif(supersedes, ?2, lat),
    lng = iif(supersedes, ?3, lng),
    heading = iif(supersedes, ?4, heading),
    position_at = iif(supersedes, ?5, position_at),
    heard_at = iif(supersedes, ?6, max(last_heard, ?6))
FROM (
    SELECT id AS driver, last_heard,
        position_at IS NULL OR last_heard > ?6 + ?7 OR (?5, ?6) >= (position_at, last_heard) AS supersedes
    FROM (SELECT *, max(position_at, ifnull(heard_at, position_at)) AS last_heard FROM drivers WHERE id = ?1)
)
WHERE id = driver AND (supersedes OR ?6 > last_heard)
