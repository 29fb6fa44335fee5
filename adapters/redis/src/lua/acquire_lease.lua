-- Takes the lease of an event, unless somebody else holds it or it is done.
-- KEYS[1] where leases are kept. ARGV: event, owner, token, milliseconds.
-- Returns the token, 'held' or 'done'.
--
-- An owner gets its own lease again. So a call whose answer was lost may be repeated: whether it took effect does not
-- matter.
local event, owner, token, life = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local lease, held = KEYS[1] .. ':' .. event, KEYS[1] .. ':held'

local value = redis.call('GET', lease)
if value == 'done' then return 'done' end
-- A lease is '<token> <owner>'; a token has no space.
if value and string.sub(value, string.find(value, ' ', 1, true) + 1) ~= owner then return 'held' end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', lease, token .. ' ' .. owner, 'PX', life)
-- Who holds what, by the end of the lease: a count that needs no KEYS. Those that ran out go as others come.
redis.call('ZREMRANGEBYSCORE', held, '-inf', now)
redis.call('ZADD', held, now + life, event)
return token
