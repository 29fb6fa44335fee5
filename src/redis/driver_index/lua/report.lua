-- Moves drivers. ARGV: horizon, then eight of each position: id, lat, lng, heading, at, x, y, cap.
-- Returns how many were of known drivers, and the claims made for orders that waited.
local horizon, now, accepted = tonumber(ARGV[1]), clock(), 0
for i = 2, #ARGV, 8 do
    local id = ARGV[i]
    if redis.call('EXISTS', driver_key(id)) == 1 then
        accepted = accepted + 1
        move(id, ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], ARGV[i + 6], ARGV[i + 7], now)
        offer(id, horizon, now)
    end
end
return {accepted, handed}
