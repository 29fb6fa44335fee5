-- Ends a lease that still runs, if the token is its holder's.
-- KEYS[1] where leases are kept. ARGV: event, token, milliseconds for which it is remembered as done; 0: not done.
-- Returns whether it did.
local event, token, remember = ARGV[1], ARGV[2], tonumber(ARGV[3])
local lease = KEYS[1] .. ':' .. event

local value = redis.call('GET', lease)
if not value or string.sub(value, 1, #token + 1) ~= token .. ' ' then return 0 end
if remember > 0 then
    redis.call('SET', lease, 'done', 'PX', remember)
else
    redis.call('DEL', lease)
end
redis.call('ZREM', KEYS[1] .. ':held', event)
return 1
