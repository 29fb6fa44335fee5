-- Pickups in a crowd. It stands behind `waiting.lua`.
--
--   :near:<place>   zset    free drivers around a pickup by their distance (metres), nearest first, complete up to `reach`
--   :place:<place>  hash    reach; seen: the last arrival the list knows; crowd: of which time the list is
--   :arrivals       zset    free drivers by the number of their last arrival: when they came free, or moved
--   :arrived        string  the last number
--   :crowd          string  exists while there are lists; another value each time
--
-- Redis gathers and sorts whoever is in a circle, and looks at all who are near it. Once the nearest thousand of a crowd have
-- an order, each search would look at the whole crowd for the sake of one. So the first one that does keeps what it found,
-- and those behind it take the next from there. A list stays right because everybody who comes free or moves is written
-- down as long as there is a list, and looked at before it is used.
local ARRIVALS, ARRIVED, CROWD = base .. ':arrivals', base .. ':arrived', base .. ':crowd'
-- A list has so many drivers, and is worth it where there are more than `CROWDED` in a circle.
local LISTED, CROWDED = 1024, 256
-- So many arrivals cost about what a new list would.
local ARRIVALS_MAX = 256
-- A list is kept for so long, milliseconds; what it needs for longer.
local KEPT = 30000
-- Redis takes the earth for a little larger, and a place for the middle of its cell.
local SCALE, SLACK = 1.0003, 1

local function near_key(place) return base .. ':near:' .. place end
local function place_key(place) return base .. ':place:' .. place end

-- A driver stands in `free`, at this place or at another than before.
local function arrive(id)
    if redis.call('EXISTS', CROWD) == 1 then
        redis.call('ZADD', ARRIVALS, redis.call('INCR', ARRIVED), id)
    end
end

local function drop_list(place) redis.call('DEL', near_key(place), place_key(place)) end

-- Keeps the nearest of this circle, when it is crowded. Returns whether it is.
local function keep_list(place, x, y, circle)
    if redis.call('ZCARD', FREE) <= CROWDED then return false end
    local some = redis.call('GEOSEARCH', FREE, 'FROMLONLAT', x, y,
        'BYRADIUS', circle * SCALE + SLACK, 'm', 'COUNT', CROWDED + 1, 'ANY')
    if #some <= CROWDED then return false end
    local stored = redis.call('GEOSEARCHSTORE', near_key(place), FREE, 'FROMLONLAT', x, y,
        'BYRADIUS', circle * SCALE + SLACK, 'm', 'ASC', 'COUNT', LISTED, 'STOREDIST')
    local reach = circle
    if stored == LISTED then reach = redis.call('ZRANGE', near_key(place), -1, -1, 'WITHSCORES')[2] / SCALE - SLACK end
    if redis.call('EXISTS', CROWD) == 0 then
        redis.call('DEL', ARRIVALS)
        redis.call('SET', CROWD, redis.call('INCR', ARRIVED))
    end
    redis.call('HSET', place_key(place), 'reach', string.format('%.17g', reach),
        'seen', redis.call('GET', ARRIVED), 'crowd', redis.call('GET', CROWD))
    for _, key in ipairs({near_key(place), place_key(place)}) do redis.call('PEXPIRE', key, KEPT) end
    redis.call('PEXPIRE', CROWD, 2 * KEPT)
    return true
end

-- Brings the list of a pickup up to date. Returns its reach; nil when there is none (any more).
local function renew_list(place, lat, lng)
    local kept = redis.call('HMGET', place_key(place), 'reach', 'seen', 'crowd')
    if not kept[1] then return nil end
    local came = redis.call('ZRANGEBYSCORE', ARRIVALS, '(' .. kept[2], '+inf', 'LIMIT', 0, ARRIVALS_MAX + 1)
    if kept[3] ~= redis.call('GET', CROWD) or #came > ARRIVALS_MAX then
        drop_list(place)
        return nil
    end
    local reach = tonumber(kept[1])
    for _, id in ipairs(came) do
        local at = redis.call('HMGET', driver_key(id), 'lat', 'lng')
        local distance = at[1] and metres(lat, lng, tonumber(at[1]), tonumber(at[2]))
        if distance and distance <= reach then
            redis.call('ZADD', near_key(place), string.format('%.17g', distance * SCALE), id)
        else
            redis.call('ZREM', near_key(place), id)
        end
    end
    if #came > 0 then redis.call('HSET', place_key(place), 'seen', redis.call('GET', ARRIVED)) end
    return reach
end
