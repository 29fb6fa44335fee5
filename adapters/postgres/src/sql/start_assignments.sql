-- In the order of drivers, so that two batches that want the same ones wait for each other, but not in a circle.
INSERT INTO assignments (order_seq, driver_id, token, active, started_at, ended_at)
SELECT seq, driver_id, token, active, now(), CASE WHEN NOT active THEN now() END
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[]) AS a (seq, driver_id, token, active)
ORDER BY driver_id COLLATE "C"
