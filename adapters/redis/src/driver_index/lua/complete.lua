-- Marks the index complete. ARGV: id of the filling. Returns whether it is still the same: an index that was emptied in
-- between has lost what was filled before.
local filling = base .. ':filling'
if redis.call('HGET', filling, 'id') ~= ARGV[1] then return 0 end
redis.call('HSET', filling, 'complete', 1)
return 1
