-- Whether somebody is the one to sweep claims. ARGV: who, milliseconds of patience.
local sweeper = base .. ':sweeper'
local holder = redis.call('GET', sweeper)
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', sweeper, ARGV[1], 'PX', ARGV[2])
return 1
