-- What the scripts of the driver index share; it stands before each of them.
--
-- KEYS[1] is what every key begins with:
--   :driver:<id>  hash    name, status; lat, lng, heading of the last position; taken: when they were there, at: when they were
--                         last heard of (microseconds); x, y, cap: its place
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

-- Hears a position at this moment: `Position::heard` and `hearing` of the domain, in Lua. Returns the time of the last position
-- when that one stands. What a version wrote that knew no `taken` has its time in `at`, and an older one in `taken`, if any.
local function move(id, lat, lng, heading, at, x, y, cap, heard)
    at = math.min(math.max(tonumber(at), heard - CLOCK_SLACK), heard)
    local last = redis.call('HMGET', driver_key(id), 'at', 'taken')
    local last_heard = tonumber(last[1] or nil)
    if last_heard and last_heard <= heard + CLOCK_SLACK then
        local last_at = tonumber(last[2] or nil) or last_heard
        if at < last_at or (at == last_at and heard < last_heard) then
            if heard > last_heard then redis.call('HSET', driver_key(id), 'at', string.format('%.0f', heard)) end
            return last_at
        end
    end
    redis.call('HSET', driver_key(id), 'lat', lat, 'lng', lng, 'heading', heading, 'x', x, 'y', y, 'cap', cap,
        'at', string.format('%.0f', heard), 'taken', string.format('%.0f', at))
end

-- id, name, status, lat, lng, heading, when they were there, when that was heard, order, whether that is longer ago than
-- `horizon`; false for what is not known.
local function describe(id, horizon, now)
    local driver = redis.call('HMGET', driver_key(id), 'name', 'status', 'lat', 'lng', 'heading', 'taken', 'at')
    if not driver[2] then return false end
    local heard = driver[7]
    return {id, driver[1], driver[2], driver[3], driver[4], driver[5], driver[6] or heard, heard,
        redis.call('HGET', claim_key(id), 'order'), heard and now - heard > horizon and 1 or 0}
end

