-- Claims whose lease ran out. ARGV: how many at most. Returns driver, order and token of each.
local found = {}
for _, id in ipairs(redis.call('ZRANGE', LEASES, '-inf', string.format('%.0f', clock()), 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
    local claim = redis.call('HMGET', claim_key(id), 'order', 'token')
    found[#found + 1] = {id, claim[1], claim[2]}
end
return found
