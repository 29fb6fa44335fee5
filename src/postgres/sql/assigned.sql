SELECT c.place
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS c (driver_id, order_id, token, place)
JOIN assignments a ON a.active AND a.driver_id = c.driver_id AND a.token = c.token
JOIN orders o ON o.seq = a.order_seq AND o.id = c.order_id
