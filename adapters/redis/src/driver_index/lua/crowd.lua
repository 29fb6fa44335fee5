-- Pickups in a crowd. It stands behind `waiting.lua`.
--
--   :near:<place>   zset    free drivers by their distance (metres) from who searched there first, nearest first, complete up to
--                           `reach`
--   :place:<place>  hash    x, y, cap: where that was; reach; seen: the last arrival the list knows; crowd: of which time the
--                           list is
--   :arrivals       zset    free drivers by the number of their last arrival: when they came free, or moved
--   :arrived        string  the last number
--   :crowd          string  exists while there are lists; another value each time
--
-- Redis gathers and sorts whoever is in a circle, and looks at all who are near it. Once the nearest thousand of a crowd have
-- an order, each search would look at the whole crowd for the sake of one. So the first one that does keeps what it found,
-- and those behind it take the next from there. A list stays right because everybody who comes free or moves is written
-- down as long as there is a list, and looked at before it is used.
--
-- A list is shared by the pickups of a square that is small beside the circle it was searched in. So in a crowd the driver
-- is the nearest to one of these pickups, and for another of them at most some hundredths of that circle farther away than
-- the nearest.
local ARRIVALS, ARRIVED, CROWD = base .. ':arrivals', base .. ':arrived', base .. ':crowd'
-- A list has so many drivers, and is worth it where there are more than `CROWDED` in a circle.
local LISTED, CROWDED = 1024, 256
-- So many arrivals cost about what a new list would.
local ARRIVALS_MAX = 256
-- A list is kept for so long, milliseconds; what it needs for longer.
local KEPT = 30000
-- Redis takes the earth for a little larger, and a place for the middle of its cell.
local SCALE, SLACK = 1.0003, 1

-- Squares in a circle's radius.
local SQUARES = 100

local function near_key(place) return base .. ':near:' .. place end
local function place_key(place) return base .. ':place:' .. place end

-- A driver stands in `free`, at this place or at another than before.
local function arrive(id)
    if redis.call('EXISTS', CROWD) == 1 then
        redis.call('ZADD', ARRIVALS, redis.call('INCR', ARRIVED), id)
    end
end

local function drop_list(place) redis.call('DEL', near_key(place), place_key(place)) end

-- The square around a point in which lists of this circle are shared. `cap`: in which frame.
local function square(circle, x, y, cap)
    local edge = circle / SQUARES / EARTH_RADIUS_M * 180 / math.pi
    local row = math.floor(y / edge)
    local column = math.floor(x * math.cos(math.rad(row * edge)) / edge)
    return string.format('%d:%d:%d%s', circle, row, column, cap)
end

-- Keeps the nearest of this circle, which is crowded.
local function keep_list(circle, x, y, cap)
    -- Whoever shares the list stands beside its middle, and wants to know of their whole circle.
    local place, wide = square(circle, x, y, cap), circle * (1 + 2 / SQUARES) * SCALE + SLACK
    local stored = redis.call('GEOSEARCHSTORE', near_key(place), FREE, 'FROMLONLAT', x, y, 'BYRADIUS', wide, 'm',
        'ASC', 'COUNT', LISTED, 'STOREDIST')
    local reach = circle * (1 + 2 / SQUARES)
    if stored == LISTED then reach = redis.call('ZRANGE', near_key(place), -1, -1, 'WITHSCORES')[2] / SCALE - SLACK end
    if redis.call('EXISTS', CROWD) == 0 then
        redis.call('DEL', ARRIVALS)
        redis.call('SET', CROWD, redis.call('INCR', ARRIVED))
    end
    redis.call('HSET', place_key(place), 'x', x, 'y', y, 'cap', cap, 'reach', string.format('%.17g', reach),
        'seen', redis.call('GET', ARRIVED), 'crowd', redis.call('GET', CROWD))
    for _, key in ipairs({near_key(place), place_key(place)}) do redis.call('PEXPIRE', key, KEPT) end
    redis.call('PEXPIRE', CROWD, 2 * KEPT)
end

-- Brings the list of a square up to date. Returns its reach, and how far from its middle the point is; nil when there is no
-- list (any more).
local function renew_list(place, x, y)
    local kept = redis.call('HMGET', place_key(place), 'reach', 'seen', 'crowd', 'x', 'y', 'cap')
    if not kept[1] then return nil end
    local came = redis.call('ZRANGEBYSCORE', ARRIVALS, '(' .. kept[2], '+inf', 'LIMIT', 0, ARRIVALS_MAX + 1)
    if kept[3] ~= redis.call('GET', CROWD) or #came > ARRIVALS_MAX then
        drop_list(place)
        return nil
    end
    local reach, mid_x, mid_y = tonumber(kept[1]), tonumber(kept[4]), tonumber(kept[5])
    for _, id in ipairs(came) do
        local at = redis.call('HMGET', driver_key(id), 'x', 'y', 'cap')
        local distance = at[3] == kept[6] and metres(mid_y, mid_x, tonumber(at[2]), tonumber(at[1]))
        if distance and distance <= reach then
            redis.call('ZADD', near_key(place), string.format('%.17g', distance * SCALE), id)
        else
            redis.call('ZREM', near_key(place), id)
        end
    end
    if #came > 0 then redis.call('HSET', place_key(place), 'seen', redis.call('GET', ARRIVED)) end
    return reach, metres(y, x, mid_y, mid_x)
end
