-- What a version before 4 wrote has no heard_at, or an older one.
SELECT id, name, status, lat, lng, heading, position_at, max(position_at, ifnull(heard_at, position_at))
FROM drivers
WHERE id > ?1
ORDER BY id
LIMIT ?2
