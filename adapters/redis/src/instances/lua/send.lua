-- Puts an errand into the inbox of a boot that is not gone. ARGV: boot, errand, ms it may wait, ms after which one is gone,
-- letters that may wait. The entry comes back, for whoever takes it back; 'gone' or 'full' when it was not sent.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local seen = redis.call('ZSCORE', KEYS[1] .. ':seen', ARGV[1])
local report = redis.call('HGET', KEYS[1] .. ':reports', ARGV[1])
if not seen or not report or now - tonumber(seen) > tonumber(ARGV[4]) or cjson.decode(report).phase == 'stopped' then
    return 'gone'
end
local inbox = KEYS[1] .. ':inbox:' .. ARGV[1]
if redis.call('LLEN', inbox) >= tonumber(ARGV[5]) then
    return 'full'
end
-- Each entry has an end of its own: the key's is that of the last one.
local entry = string.format('%.0f:', now + ARGV[3]) .. ARGV[2]
redis.call('RPUSH', inbox, entry)
redis.call('PEXPIRE', inbox, ARGV[3])
return entry
