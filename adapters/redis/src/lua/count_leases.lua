-- How many leases run. KEYS[1] where they are kept.
local held, time = KEYS[1] .. ':held', redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', held, '-inf', time[1] * 1000 + math.floor(time[2] / 1000))
return redis.call('ZCARD', held)
