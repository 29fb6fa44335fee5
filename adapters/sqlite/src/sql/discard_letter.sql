UPDATE dead_letters SET state = 'discarded', discard_reason = ?2 WHERE id = ?1 AND state = 'parked'
