-- Moves drivers, who are heard now. ARGV: horizon, then eight of each position: id, lat, lng, heading, at, x, y, cap.
-- Returns how many were of known drivers, whether one of them can be given orders who could not before, and how many of them
-- cannot: because they are offline, have an order, are nowhere, were heard of too long ago.
local horizon, now = tonumber(ARGV[1]), clock()
local accepted, woke, excluded = 0, 0, {offline = 0, has_order = 0, no_position = 0, silent = 0}
for i = 2, #ARGV, 8 do
    local id = ARGV[i]
    if redis.call('EXISTS', driver_key(id)) == 1 then
        accepted = accepted + 1
        local last = redis.call('HGET', driver_key(id), 'at')
        local ready = last and now - last <= horizon and redis.call('ZSCORE', FREE, id)
        move(id, ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], ARGV[i + 6], ARGV[i + 7], now)
        local can, why = settle(id, horizon, now)
        if can and not ready then woke = 1 end
        if why then excluded[why] = excluded[why] + 1 end
    end
end
return {accepted, woke, excluded.offline, excluded.has_order, excluded.no_position, excluded.silent}
