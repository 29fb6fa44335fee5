-- In the order asked. A driver has one active assignment at most.
SELECT coalesce(
    (SELECT a.token = c.token AND c.order_id = (SELECT o.id FROM orders o WHERE o.seq = a.order_seq)
     FROM assignments a
     WHERE a.active AND a.driver_id = c.driver_id),
    FALSE)
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS c (driver_id, order_id, token, place)
ORDER BY c.place
