SELECT EXISTS (
    SELECT 1
    FROM assignments a
    JOIN orders o ON o.seq = a.order_seq
    WHERE a.active = 1 AND a.driver_id = ?1 AND o.id = ?2 AND a.token = ?3)
