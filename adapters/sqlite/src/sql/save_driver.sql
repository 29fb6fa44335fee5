-- The last position stays.
INSERT INTO drivers (id, name, status)
VALUES (?1, ?2, ?3)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name,
    status = excluded.status
