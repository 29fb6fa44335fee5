-- Orders that wait for a driver, by place and age. It stands behind `fleet.lua`.
--
--   :wait:<order>   hash    lat, lng, metres, since, till, lease, token, given: how it waits. Also of those that were given a
--                           driver and have not asked since; these stand in no queue
--   :waiting        hash    how many stand in the queues of a level
--   :cells          hash    how many stand in a cell, and in an area
--   :queue:<cell>   zset    the orders in a cell by their age (microseconds)
--   :ends           zset    all who wait, by their end (microseconds)
--
-- A cell is one of the cubes of its level that the earth's surface passes through: three dimensions have no poles and no
-- antimeridian. The radius of an order is at most twice the edge of its level's cells. So whoever looks for the orders whose
-- circle holds a driver looks at some two hundred cells in one call, however many wait, and in each of them no further than
-- to the oldest that is within reach. An area is eight cells wide: where all around is empty, eight looks say so.
local WAITING, CELLS, ENDS = base .. ':waiting', base .. ':cells', base .. ':ends'
local AREA = 3
-- Orders that are over and are forgotten in one step.
local FORGET = 16

local function wait_key(order) return base .. ':wait:' .. order end
local function queue_key(cell) return base .. ':queue:' .. cell end

local function coordinates(lat, lng)
    local up, east = math.rad(lat), math.rad(lng)
    local flat = EARTH_RADIUS_M * math.cos(up)
    return flat * math.cos(east), flat * math.sin(east), EARTH_RADIUS_M * math.sin(up)
end

local function level_of(radius) return math.ceil(math.log(math.max(radius, 1)) / math.log(2)) - 1 end

local function name(level, size, x, y, z) return string.format('%d+%d:%d:%d:%d', level, size, x, y, z) end

-- The cell of a level (`size` 0) or the area that a point lies in.
local function cell(level, size, lat, lng)
    local x, y, z = coordinates(lat, lng)
    local edge = 2 ^ (level + size)
    return name(level, size, math.floor(x / edge), math.floor(y / edge), math.floor(z / edge))
end

-- Those cells or areas in which an order can be whose circle holds the point, that are not empty. A chord is no longer than
-- its arc.
local function around(level, size, lat, lng)
    local x, y, z = coordinates(lat, lng)
    local edge, reach, names = 2 ^ (level + size), 2 ^ (level + 1), {}
    for i = math.floor((x - reach) / edge), math.floor((x + reach) / edge) do
        for j = math.floor((y - reach) / edge), math.floor((y + reach) / edge) do
            for k = math.floor((z - reach) / edge), math.floor((z + reach) / edge) do
                names[#names + 1] = name(level, size, i, j, k)
            end
        end
    end
    local filled = {}
    for i, orders in ipairs(redis.call('HMGET', CELLS, unpack(names))) do
        if orders then filled[#filled + 1] = names[i] end
    end
    return filled
end

local function count(key, field, more)
    if redis.call('HINCRBY', key, field, more) <= 0 then redis.call('HDEL', key, field) end
end

local function queue(order)
    local at = redis.call('HMGET', wait_key(order), 'lat', 'lng', 'metres', 'since')
    if not at[1] then return end
    local level = level_of(tonumber(at[3]))
    local place = cell(level, 0, tonumber(at[1]), tonumber(at[2]))
    if redis.call('ZADD', queue_key(place), at[4], order) == 1 then
        count(CELLS, place, 1)
        count(CELLS, cell(level, AREA, tonumber(at[1]), tonumber(at[2])), 1)
        count(WAITING, level, 1)
    end
end

-- Returns whether the order is known.
local function unqueue(order)
    local at = redis.call('HMGET', wait_key(order), 'lat', 'lng', 'metres')
    if not at[1] then return false end
    local level = level_of(tonumber(at[3]))
    local place = cell(level, 0, tonumber(at[1]), tonumber(at[2]))
    if redis.call('ZREM', queue_key(place), order) == 1 then
        count(CELLS, place, -1)
        count(CELLS, cell(level, AREA, tonumber(at[1]), tonumber(at[2])), -1)
        count(WAITING, level, -1)
    end
    return true
end

-- The order waits no longer.
local function withdraw(order)
    if unqueue(order) then
        redis.call('DEL', wait_key(order))
        redis.call('ZREM', ENDS, order)
    end
end

local function forget(now)
    for _, order in ipairs(redis.call('ZRANGEBYSCORE', ENDS, '-inf', string.format('%.0f', now), 'LIMIT', 0, FORGET)) do
        withdraw(order)
    end
end

-- What was given to this order came to nothing: it goes back to its place, if it still waits.
local function put_back(order) queue(order) end

-- The order waits from now on, in its place. `token`: what the tokens of claims begin with that are made for it.
local function wait(order, lat, lng, radius, since, till, lease, token, now)
    withdraw(order)
    forget(now)
    redis.call('HSET', wait_key(order), 'lat', lat, 'lng', lng, 'metres', radius, 'since', since,
        'till', string.format('%.0f', till), 'lease', lease, 'token', token)
    redis.call('ZADD', ENDS, string.format('%.0f', till), order)
    queue(order)
end

local function anybody_waits() return redis.call('EXISTS', WAITING) == 1 end

-- The oldest order in a cell whose circle holds the point; nil unless it is older than `other` (age and id).
local function oldest(place, lat, lng, now, other)
    local from = 0
    while true do
        local page = redis.call('ZRANGE', queue_key(place), from, from + 15, 'WITHSCORES')
        for i = 1, #page, 2 do
            local order, since = page[i], tonumber(page[i + 1])
            if other and (since > other.since or since == other.since and order >= other.order) then return nil end
            local at = redis.call('HMGET', wait_key(order), 'lat', 'lng', 'metres', 'till')
            if tonumber(at[4]) > now then
                local distance = metres(lat, lng, tonumber(at[1]), tonumber(at[2]))
                if distance <= tonumber(at[3]) + RIM then return {order = order, since = since, distance = distance} end
            end
        end
        if #page < 32 then return nil end
        from = from + 16
    end
end

-- Takes the order that waits for the longest of those whose circle holds the point out of the queue. Returns it, metres, and
-- the lease and the token of the claim.
local function take(lat, lng, now)
    forget(now)
    local first
    for _, level in ipairs(redis.call('HKEYS', WAITING)) do
        level = tonumber(level)
        if #around(level, AREA, lat, lng) > 0 then
            for _, place in ipairs(around(level, 0, lat, lng)) do
                first = oldest(place, lat, lng, now, first) or first
            end
        end
    end
    if not first then return nil end
    unqueue(first.order)
    local claim = redis.call('HMGET', wait_key(first.order), 'lease', 'token')
    local given = redis.call('HINCRBY', wait_key(first.order), 'given', 1)
    return first.order, first.distance, tonumber(claim[1]), claim[2] .. '.' .. given
end

