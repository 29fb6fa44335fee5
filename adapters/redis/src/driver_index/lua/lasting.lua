-- Claims without a lease. ARGV: where to go on ('0' for the beginning), how many to look at, about.
-- Returns where to go on, '0' at the end, and driver, order and token of each. Orders that come or go in between shift no
-- others: that is what HSCAN promises.
local page = redis.call('HSCAN', ORDERS, ARGV[1], 'COUNT', ARGV[2])
local found = {}
for i = 1, #page[2], 2 do
    local id = page[2][i + 1]
    if not redis.call('ZSCORE', LEASES, id) then
        local claim = redis.call('HMGET', claim_key(id), 'order', 'token')
        if claim[1] then found[#found + 1] = {id, claim[1], claim[2]} end
    end
end
return {page[1], found}
