-- The trees of these boots, in their order. ARGV: boots.
return redis.call('HMGET', KEYS[1] .. ':actors', unpack(ARGV))
