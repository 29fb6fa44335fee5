INSERT INTO assignments (order_seq, driver_id, token, active, started_at) VALUES (?1, ?2, ?3, 1, ?4)
