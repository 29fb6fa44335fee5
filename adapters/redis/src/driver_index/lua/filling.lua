-- Since when the index is being filled, and whether it is full. ARGV: a fresh id, for an index that came up empty.
redis.call('HSETNX', base .. ':filling', 'id', ARGV[1])
local filling = redis.call('HMGET', base .. ':filling', 'id', 'complete')
return {filling[1], filling[2] and 1 or 0}
