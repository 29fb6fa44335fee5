-- Moves drivers, who are heard now. ARGV: horizon, then eight of each position: id, lat, lng, heading, at, x, y, cap.
-- Returns how many were of known drivers, which came late (counted from 0, each with the time of the position that stands), the
-- claims made for orders that waited, and how many of the drivers cannot be given
-- (more) orders: because they are offline, have an order, are nowhere, were heard of too long ago.
local horizon, now, accepted = tonumber(ARGV[1]), clock(), 0
local late, excluded = {}, {offline = 0, has_order = 0, no_position = 0, silent = 0}
for i = 2, #ARGV, 8 do
    local id = ARGV[i]
    if redis.call('EXISTS', driver_key(id)) == 1 then
        accepted = accepted + 1
        local stands =
            move(id, ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], ARGV[i + 6], ARGV[i + 7], now)
        if stands then late[#late + 1] = {(i - 2) / 8, string.format('%.0f', stands)} end
        local why = offer(id, horizon, now)
        if why then excluded[why] = excluded[why] + 1 end
    end
end
return {accepted, late, handed, excluded.offline, excluded.has_order, excluded.no_position, excluded.silent}
