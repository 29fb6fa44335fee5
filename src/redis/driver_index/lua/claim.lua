-- Claims the nearest free driver for an order, or one by name.
-- ARGV: order, token, lease, max age, horizon (microseconds), radius (metres), lat, lng, id of a named driver or '', how many
-- centres, for each x, y, cap; then the drivers who are excluded.
-- Returns driver, name, metres, token; nothing when there is nobody; 'again' when it should be called once more, because
-- there were too many silent drivers in the way for one step.
local order, token, lease, max_age, horizon = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local radius, lat, lng, named, centres = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9], tonumber(ARGV[10])
local excluded, now = {}, clock()
for i = 11 + 3 * centres, #ARGV do excluded[ARGV[i]] = true end

-- Drivers moved to `silent` in one step: some milliseconds during which nobody else is served.
local MOVES = 1000
-- The first circle, in metres; the next has four times its radius. In a crowd the first one has a few in it, where the
-- whole radius would have them all gathered and sorted for the sake of one.
local FIRST_CIRCLE = 60
-- Redis takes the earth for a little larger, and a place for the middle of its cell.
local SCALE, SLACK = 1.0003, 1
-- Beyond this radius, in metres, neither a frame nor Redis knows what is near (see `place.rs`): everybody is looked at.
local WIDE = 500000

local function answer(id, distance, proof)
    local name = redis.call('HGET', driver_key(id), 'name')
    return {id, name or id, string.format('%.17g', distance), proof}
end

-- From the pickup to where the driver is; nil when nobody knows.
local function away(id)
    local at = redis.call('HMGET', driver_key(id), 'lat', 'lng')
    return at[1] and metres(lat, lng, tonumber(at[1]), tonumber(at[2]))
end

-- The nearest of `set` around one centre, within the radius.
local moved = 0
local function nearest(set, x, y, cap)
    local circle, seen = math.min(FIRST_CIRCLE, radius), {}
    while true do
        local page, last = 16, false
        repeat
            local found = redis.call('GEOSEARCH', set, 'FROMLONLAT', x, y,
                'BYRADIUS', circle * SCALE + SLACK, 'm', 'ASC', 'COUNT', page)
            local moved_before = moved
            for _, id in ipairs(found) do
                if not seen[id] then
                    local driver = redis.call('HMGET', driver_key(id), 'at', 'lat', 'lng', 'cap')
                    local age = now - (driver[1] or 0)
                    if set == FREE and age > horizon then
                        redis.call('ZADD', SILENT, redis.call('ZSCORE', FREE, id), id)
                        redis.call('ZREM', FREE, id)
                        moved = moved + 1
                        if moved == MOVES then return 'again' end
                    else
                        seen[id] = true
                        if age <= max_age and not excluded[id] and driver[4] == cap then
                            local distance = metres(lat, lng, tonumber(driver[2]), tonumber(driver[3]))
                            if distance <= radius + RIM then return id, distance end
                        end
                    end
                end
            end
            last = #found < page
            if moved == moved_before then page = page * 4 end
        until last
        if circle >= radius then return nil end
        circle = math.min(circle * 4, radius)
    end
end

-- The nearest of all of `set` within the radius. No fleet asks for as much.
local function anywhere(set)
    local id, far
    for _, candidate in ipairs(redis.call('ZRANGE', set, 0, -1)) do
        local driver = redis.call('HMGET', driver_key(candidate), 'at', 'lat', 'lng')
        if now - (driver[1] or 0) <= max_age and not excluded[candidate] then
            local distance = metres(lat, lng, tonumber(driver[2]), tonumber(driver[3]))
            if distance <= radius + RIM and (not id or distance < far) then id, far = candidate, distance end
        end
    end
    return id, far
end

local before = redis.call('HGET', ORDERS, order)
if before then
    local claim = redis.call('HMGET', claim_key(before), 'token', 'metres')
    if redis.call('ZSCORE', LEASES, before) then
        redis.call('ZADD', LEASES, string.format('%.0f', now + lease), before)
    end
    return answer(before, tonumber(claim[2] or nil) or away(before) or 0, claim[1])
end

local id, distance
if named ~= '' then
    local status = redis.call('HGET', driver_key(named), 'status')
    if status ~= 'available' or excluded[named] or redis.call('EXISTS', claim_key(named)) == 1 then return false end
    id, distance = named, away(named) or 0
else
    -- Who asks for drivers that have been silent for longer than usual gets them too.
    for _, set in ipairs(max_age > horizon and {FREE, SILENT} or {FREE}) do
        for i = 11, radius > WIDE and 11 or 10 + 3 * centres, 3 do
            local near, far
            if radius > WIDE then near, far = anywhere(set) else near, far = nearest(set, ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
            if near == 'again' and not far then return 'again' end
            if near and (not id or far < distance) then id, distance = near, far end
        end
    end
    if not id then return false end
end
hold(id, order, token, distance, now + lease)
return answer(id, distance, token)
