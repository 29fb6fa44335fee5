INSERT INTO operation_items (operation, n, target, version)
SELECT $1, item.n, item.target, item.version
FROM unnest($2::bigint[], $3::text[], $4::bigint[]) AS item (n, target, version)
