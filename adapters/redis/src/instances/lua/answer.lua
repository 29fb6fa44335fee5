-- Leaves the answer to an errand for its sender. ARGV: errand, answer, ms it is kept.
redis.call('SET', KEYS[1] .. ':answer:' .. ARGV[1], ARGV[2], 'PX', ARGV[3])
return 1
