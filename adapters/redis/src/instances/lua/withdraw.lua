-- Takes an errand back; 0 when somebody has taken it. ARGV: boot, the entry as it was sent.
return redis.call('LREM', KEYS[1] .. ':inbox:' .. ARGV[1], 1, ARGV[2])
