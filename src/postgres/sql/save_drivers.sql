-- Without a position given, the last one stays. Each driver at most once.
INSERT INTO drivers (id, name, status, lat, lng, heading, position_at)
SELECT *
FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::float8[], $7::timestamptz[])
ON CONFLICT (id) DO UPDATE
SET name = excluded.name,
    status = excluded.status,
    lat = coalesce(excluded.lat, drivers.lat),
    lng = coalesce(excluded.lng, drivers.lng),
    heading = CASE WHEN excluded.position_at IS NULL THEN drivers.heading ELSE excluded.heading END,
    position_at = coalesce(excluded.position_at, drivers.position_at)
