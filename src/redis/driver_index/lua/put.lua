-- Adds drivers, or renames them and changes their status; a position is taken when it is newer, the claim stays.
-- ARGV: horizon, then ten of each driver: id, name, status, lat ('' without a position), lng, heading, at, x, y, cap.
-- Returns the claims made for orders that waited.
local horizon, now = tonumber(ARGV[1]), clock()
for i = 2, #ARGV, 10 do
    local id = ARGV[i]
    redis.call('ZADD', IDS, 0, id)
    redis.call('HSET', driver_key(id), 'name', ARGV[i + 1], 'status', ARGV[i + 2])
    if ARGV[i + 3] ~= '' then
        move(id, ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], ARGV[i + 6], ARGV[i + 7], ARGV[i + 8], ARGV[i + 9], now)
    end
    offer(id, horizon, now)
end
return handed
