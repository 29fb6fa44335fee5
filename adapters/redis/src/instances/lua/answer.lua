-- Leaves the answer to a letter for its sender. ARGV: letter, answer, ms it is kept.
redis.call('SET', KEYS[1] .. ':answer:' .. ARGV[1], ARGV[2], 'PX', ARGV[3])
return 1
