SELECT EXISTS (SELECT 1 FROM assignments WHERE driver_id = ?1 AND active = 1)
