-- The answer to a letter, once. ARGV: letter.
return redis.call('GETDEL', KEYS[1] .. ':answer:' .. ARGV[1])
