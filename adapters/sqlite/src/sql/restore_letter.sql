UPDATE dead_letters SET state = 'parked', discard_reason = NULL WHERE id = ?1 AND state = 'discarded'
