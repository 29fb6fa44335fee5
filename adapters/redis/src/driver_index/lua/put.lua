-- Adds drivers, or renames them and changes their status; a position is heard, the claim stays.
-- ARGV: horizon, then eleven of each driver: id, name, status, lat ('' without a position), lng, heading, at, x, y, cap, when
-- that was heard, which is not in the future. Returns the claims made for orders that waited.
local horizon, now = tonumber(ARGV[1]), clock()
for i = 2, #ARGV, 11 do
    local id = ARGV[i]
    redis.call('ZADD', IDS, 0, id)
    redis.call('HSET', driver_key(id), 'name', ARGV[i + 1], 'status', ARGV[i + 2])
    if ARGV[i + 3] ~= '' then
        local heard = math.min(tonumber(ARGV[i + 10]), now)
        move(id, ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], ARGV[i + 6], ARGV[i + 7], ARGV[i + 8], ARGV[i + 9], heard)
    end
    offer(id, horizon, now)
end
return handed
