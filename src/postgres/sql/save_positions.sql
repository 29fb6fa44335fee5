-- Each driver at most once.
UPDATE drivers d
SET lat = seen.lat, lng = seen.lng, heading = seen.heading, position_at = seen.at
FROM unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::timestamptz[])
    AS seen (id, lat, lng, heading, at)
WHERE d.id = ANY ($1) AND d.id = seen.id AND (d.position_at IS NULL OR d.position_at <= seen.at)
