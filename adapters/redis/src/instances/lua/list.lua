-- Everybody, as pairs of ms since they were seen and their report.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local seen = redis.call('ZRANGE', KEYS[1] .. ':seen', 0, -1, 'WITHSCORES')
local listed = {}
for at = 1, #seen, 2 do
    local report = redis.call('HGET', KEYS[1] .. ':reports', seen[at])
    if report then
        listed[#listed + 1] = math.max(now - tonumber(seen[at + 1]), 0)
        listed[#listed + 1] = report
    end
end
return listed
