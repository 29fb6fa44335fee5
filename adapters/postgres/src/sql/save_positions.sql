-- `Position::hearing` of the domain, in SQL. $7: its slack, seconds. Each driver at most once. What a version before 7 wrote has
-- no heard_at, or an older one; `greatest` passes over NULL. Nothing but `d` tells what is known: whoever waited for another
-- writer's row lock sees the new row there, and the old one in a second look into the table.
UPDATE drivers d
SET (lat, lng, heading, position_at, heard_at) = (
    SELECT word.lat, word.lng, word.heading, word.at, word.heard_at
    FROM (VALUES
        (true, seen.lat, seen.lng, seen.heading, seen.at, seen.heard_at),
        (false, d.lat, d.lng, d.heading, d.position_at, greatest(d.position_at, d.heard_at, seen.heard_at))
    ) AS word (supersedes, lat, lng, heading, at, heard_at)
    WHERE word.supersedes = (d.position_at IS NULL
        OR greatest(d.position_at, d.heard_at) > seen.heard_at + make_interval(secs => $7)
        OR (seen.at, seen.heard_at) >= (d.position_at, greatest(d.position_at, d.heard_at))))
FROM unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::timestamptz[], $6::timestamptz[])
    AS seen (id, lat, lng, heading, at, heard_at)
WHERE d.id = ANY ($1) AND d.id = seen.id
  AND (d.position_at IS NULL
    OR greatest(d.position_at, d.heard_at) > seen.heard_at + make_interval(secs => $7)
    OR seen.heard_at > greatest(d.position_at, d.heard_at)
    OR (seen.at, seen.heard_at) >= (d.position_at, greatest(d.position_at, d.heard_at)))
