-- Without a position given, the last one stays.
INSERT INTO drivers (id, name, status, lat, lng, heading, position_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name,
    status = excluded.status,
    lat = coalesce(excluded.lat, lat),
    lng = coalesce(excluded.lng, lng),
    heading = iif(excluded.position_at IS NULL, heading, excluded.heading),
    position_at = coalesce(excluded.position_at, position_at)
