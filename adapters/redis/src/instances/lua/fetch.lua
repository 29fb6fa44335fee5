-- The answer to an errand, if it is there. It stays until it runs out: a reply that is lost on the way can be asked for again.
-- ARGV: errand.
return redis.call('GET', KEYS[1] .. ':answer:' .. ARGV[1])
