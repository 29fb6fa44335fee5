-- The oldest errand that somebody still waits for; with this it is gone. ARGV: boot.
local inbox = KEYS[1] .. ':inbox:' .. ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
while true do
    local entry = redis.call('LPOP', inbox)
    if not entry then
        return false
    end
    local colon = string.find(entry, ':', 1, true)
    if tonumber(string.sub(entry, 1, colon - 1)) > now then
        return string.sub(entry, colon + 1)
    end
end
