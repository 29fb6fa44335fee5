-- Shows an instance. ARGV: boot, report, actors, ms after which one is forgotten.
local seen, reports, actors = KEYS[1] .. ':seen', KEYS[1] .. ':reports', KEYS[1] .. ':actors'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, boot in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', now - ARGV[4])) do
    redis.call('ZREM', seen, boot)
    redis.call('HDEL', reports, boot)
    redis.call('HDEL', actors, boot)
end
redis.call('ZADD', seen, now, ARGV[1])
redis.call('HSET', reports, ARGV[1], ARGV[2])
redis.call('HSET', actors, ARGV[1], ARGV[3])
-- When the last instance is forgotten nothing of them is left.
for _, key in ipairs({ seen, reports, actors }) do
    redis.call('PEXPIRE', key, ARGV[4])
end
