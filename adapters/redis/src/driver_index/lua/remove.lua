-- Forgets a driver whom no order holds. ARGV: id. Returns whether it did.
local id = ARGV[1]
if redis.call('EXISTS', claim_key(id)) == 1 or redis.call('EXISTS', driver_key(id)) == 0 then return 0 end
redis.call('DEL', driver_key(id))
redis.call('ZREM', IDS, id)
redis.call('ZREM', FREE, id)
redis.call('ZREM', SILENT, id)
return 1
