UPDATE dead_letters SET state = 'discarded', discard_reason = $2
WHERE id = ANY ($1::uuid[]) AND state = 'parked'
