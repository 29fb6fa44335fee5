-- Makes claims last until released, and those that are missing. ARGV: horizon, then driver, order and token of each.
-- Returns driver, order and token of each claim that was overruled, and the claims made for orders that waited.
local horizon, now, overruled = tonumber(ARGV[1]), clock(), {}
for i = 2, #ARGV, 3 do
    local id, order, token = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    -- Whatever else this order or this driver was tied to is overruled. A claim that the assignment completes keeps its
    -- distance.
    local other = redis.call('HGET', ORDERS, order)
    if other and other ~= id then
        overruled[#overruled + 1] = {other, order, redis.call('HGET', claim_key(other), 'token')}
        let_go(other)
        offer(other, horizon, now)
    end
    local before = redis.call('HMGET', claim_key(id), 'order', 'metres', 'token')
    if before[1] and (before[1] ~= order or before[3] ~= token) then
        overruled[#overruled + 1] = {id, before[1], before[3]}
    end
    withdraw(order)
    let_go(id)
    hold(id, order, token, before[1] == order and tonumber(before[2] or nil) or nil, nil)
end
return {overruled, handed}
