-- What a version before 7 wrote has no heard_at, or an older one; `greatest` passes over NULL.
SELECT id, name, status, lat, lng, heading, position_at, greatest(position_at, heard_at)
FROM drivers
WHERE id > $1
ORDER BY id
LIMIT $2
