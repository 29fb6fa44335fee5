SELECT id, name, status, lat, lng, heading, position_at
FROM drivers
WHERE id > $1
ORDER BY id
LIMIT $2
