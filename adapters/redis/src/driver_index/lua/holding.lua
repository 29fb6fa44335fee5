-- Who can be given orders, and who is held by one. It stands behind `crowd.lua`.

-- Makes `free` and `silent` agree with the driver. Returns whether they can be given orders, and why not.
-- `horizon`: microseconds of silence.
local function settle(id, horizon, now)
    local driver = redis.call('HMGET', driver_key(id), 'status', 'x', 'y', 'at')
    local why = driver[1] ~= 'available' and 'offline' or redis.call('EXISTS', claim_key(id)) == 1 and 'has_order'
        or not driver[2] and 'no_position' or nil
    local free = not why
    local heard = free and now - driver[4] <= horizon
    redis.call('ZREM', heard and SILENT or FREE, id)
    if free then
        redis.call('GEOADD', heard and FREE or SILENT, driver[2], driver[3], id)
        if heard then arrive(id) end
    else
        redis.call('ZREM', SILENT, id)
    end
    return heard, why or not heard and 'silent'
end

-- `till`: the end of the lease; nil: an assignment stands behind it.
local function hold(id, order, token, distance, till)
    redis.call('DEL', claim_key(id))
    redis.call('HSET', claim_key(id), 'order', order, 'token', token)
    if distance then redis.call('HSET', claim_key(id), 'metres', string.format('%.17g', distance)) end
    redis.call('HSET', ORDERS, order, id)
    if till then redis.call('ZADD', LEASES, string.format('%.0f', till), id) end
    redis.call('ZREM', FREE, id)
    redis.call('ZREM', SILENT, id)
end

-- Ends whatever holds the driver, without giving them back to the search.
local function let_go(id)
    local order = redis.call('HGET', claim_key(id), 'order')
    if order then
        redis.call('DEL', claim_key(id))
        redis.call('HDEL', ORDERS, order)
        redis.call('ZREM', LEASES, id)
        put_back(order)
    end
end

-- Claims made for orders that waited: driver, order and token of each. Whoever calls is told, and wakes the orders.
local handed = {}

-- Like `settle`; and who can be given orders is given to the order that has waited longest. Returns why they cannot be given
-- (more) orders; false when they can.
local function offer(id, horizon, now)
    local can, why = settle(id, horizon, now)
    if not can or not anybody_waits() then return why end
    local driver = redis.call('HMGET', driver_key(id), 'lat', 'lng')
    local order, distance, lease, token = take(tonumber(driver[1]), tonumber(driver[2]), now)
    if order then
        hold(id, order, token, distance, now + lease)
        handed[#handed + 1] = {id, order, token}
        return 'has_order'
    end
    return false
end
