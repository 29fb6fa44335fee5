-- The last position stays. Each driver at most once.
INSERT INTO drivers (id, name, status)
SELECT *
FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT (id) DO UPDATE
SET name = excluded.name,
    status = excluded.status
