-- What the scripts of the driver index share; it stands before each of them.
--
-- KEYS[1] is what every key begins with:
--   :driver:<id>  hash    name, status; lat, lng, heading, at (microseconds) of the last position; x, y, cap: its place
--   :ids          zset    all drivers, in the order of their ids
--   :free         geo     whoever can be given orders now: available, held by nobody, not silent
--   :silent       geo     likewise, but silent when last looked at
--   :claim:<id>   hash    order, token, metres: who holds the driver. May name a driver who is not known yet
--   :orders       hash    which driver an order holds
--   :leases       zset    drivers whose claim no assignment stands behind, by its end (microseconds)
--   :filling      hash    id, complete: since when the index is being filled, and whether it is full
--   :sweeper      string  who sweeps
--
-- `waiting.lua`, for those who wait for a driver, `crowd.lua`, for pickups in a crowd, and `holding.lua`, for who is held,
-- stand behind it.
--
-- Only `free` is searched. So a claim looks at next to nobody whom it cannot take, even when the nearest thousand all have
-- an order: they are not in it. Nobody leaves it by falling silent; a search that meets such a driver moves them to
-- `silent`, once, and their next report brings them back.
local base = KEYS[1]
local FREE, SILENT, IDS = base .. ':free', base .. ':silent', base .. ':ids'
local ORDERS, LEASES = base .. ':orders', base .. ':leases'
local EARTH_RADIUS_M = 6371008.8

local function driver_key(id) return base .. ':driver:' .. id end
local function claim_key(id) return base .. ':claim:' .. id end

-- Microseconds, by the clock of Redis: instances need not agree on the time. Below 2^53, so a double holds it.
local function clock()
    local time = redis.call('TIME')
    return time[1] * 1000000 + time[2]
end

-- Metres along the great circle.
local function metres(lat_a, lng_a, lat_b, lng_b)
    local a, b = math.rad(lat_a), math.rad(lat_b)
    local half_lat, half_lng = (b - a) / 2, math.rad(lng_b - lng_a) / 2
    local h = math.sin(half_lat) ^ 2 + math.cos(a) * math.cos(b) * math.sin(half_lng) ^ 2
    return 2 * EARTH_RADIUS_M * math.asin(math.min(1, math.sqrt(h)))
end

-- A position is taken unless it is older than the last. One that stands more than a minute ahead of our clock was stamped
-- by a clock that went wrong: what comes next is believed.
local function move(id, lat, lng, heading, at, x, y, cap, now)
    local last = tonumber(redis.call('HGET', driver_key(id), 'at') or nil)
    if last and tonumber(at) < last and last - now <= 60000000 then return end
    redis.call('HSET', driver_key(id), 'lat', lat, 'lng', lng, 'heading', heading, 'at', at, 'x', x, 'y', y, 'cap', cap)
end

-- id, name, status, lat, lng, heading, at, order; false for what is not known.
local function describe(id)
    local driver = redis.call('HMGET', driver_key(id), 'name', 'status', 'lat', 'lng', 'heading', 'at')
    if not driver[2] then return false end
    return {id, driver[1], driver[2], driver[3], driver[4], driver[5], driver[6],
        redis.call('HGET', claim_key(id), 'order')}
end
