-- `Position::supersedes` of the domain, in SQL. $7: its slack, seconds. Each driver at most once. What a version before 7 wrote
-- has no heard_at, or an older one; `greatest` passes over NULL.
UPDATE drivers d
SET lat = seen.lat, lng = seen.lng, heading = seen.heading, position_at = seen.at, heard_at = seen.heard_at
FROM unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::timestamptz[], $6::timestamptz[])
    AS seen (id, lat, lng, heading, at, heard_at)
WHERE d.id = ANY ($1) AND d.id = seen.id
  AND (d.position_at IS NULL
    OR greatest(d.position_at, d.heard_at) > seen.heard_at + make_interval(secs => $7)
    OR (seen.at, seen.heard_at) >= (d.position_at, greatest(d.position_at, d.heard_at)))
