UPDATE dead_letters SET state = 'replayed' WHERE id = ?1 AND state = 'parked'
