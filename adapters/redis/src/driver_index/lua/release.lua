-- Frees a driver when order and token are the claim's. ARGV: id, order, token, horizon. Returns whether it did,
-- and the claims made for orders that waited.
local id, order, token, horizon = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local claim = redis.call('HMGET', claim_key(id), 'order', 'token')
if claim[1] ~= order or claim[2] ~= token then return {0, handed} end
let_go(id)
offer(id, horizon, clock())
return {1, handed}
