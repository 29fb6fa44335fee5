UPDATE dead_letters SET state = 'parked', discard_reason = NULL
WHERE id = ANY ($1::uuid[]) AND state = 'discarded'
