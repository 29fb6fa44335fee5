-- Claims the nearest free driver for an order, or one by name.
-- ARGV: order, token, lease, max age, horizon (microseconds), radius (metres), lat, lng, id of a named driver or '', since when
-- the order waits when there is nobody ('': it does not) and for how long (microseconds), how many centres, for each x, y, cap;
-- then the drivers who are excluded.
-- Returns driver, name, metres, token; nothing when there is nobody; 'again' when it should be called once more, because
-- there were too many silent drivers in the way for one step.
local order, token, lease, max_age, horizon = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local radius, lat, lng, named = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9]
local since, patience, centres = ARGV[10], tonumber(ARGV[11]), tonumber(ARGV[12])
local excluded, now = {}, clock()
for i = 13 + 3 * centres, #ARGV do excluded[ARGV[i]] = true end

-- Drivers moved to `silent` in one step: some milliseconds during which nobody else is served.
local MOVES = 1000
-- The first circle, in metres; the next has four times its radius. In a crowd the first one has a few in it, where the
-- whole radius would have them all gathered and sorted for the sake of one.
local FIRST_CIRCLE = 60
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

local moved = 0

-- Metres to a driver of `set` who is to be taken; nil for whom it is not. Who has fallen silent leaves the search.
local function fits(set, id, cap)
    local driver = redis.call('HMGET', driver_key(id), 'at', 'lat', 'lng', 'cap')
    local age = now - (driver[1] or 0)
    if set == FREE and age > horizon then
        redis.call('ZADD', SILENT, redis.call('ZSCORE', FREE, id), id)
        redis.call('ZREM', FREE, id)
        moved = moved + 1
        return nil
    end
    if age > max_age or excluded[id] or driver[4] ~= cap then return nil end
    local distance = metres(lat, lng, tonumber(driver[2]), tonumber(driver[3]))
    return distance <= radius + RIM and distance or nil
end

-- The nearest of the list that was kept of this pickup; nil when the list does not tell, `false` when it tells that there is
-- nobody within the radius.
local function listed(place, cap)
    local reach, from = renew_list(place, lat, lng), 0
    while reach do
        local page, gone = redis.call('ZRANGE', near_key(place), from, from + 15, 'WITHSCORES'), {}
        for i = 1, #page, 2 do
            local id = page[i]
            if page[i + 1] / SCALE - SLACK > radius then return false end
            local distance = redis.call('ZSCORE', FREE, id) and fits(FREE, id, cap)
            if moved == MOVES then return 'again' end
            if distance then return id, distance end
            if not redis.call('ZSCORE', FREE, id) then gone[#gone + 1] = id end
        end
        if #gone > 0 then redis.call('ZREM', near_key(place), unpack(gone)) end
        if #page < 32 then
            if reach >= radius then return false end
            drop_list(place)
            return nil
        end
        from = from + 16 - #gone
    end
end

-- The nearest of `set` around one centre, within the radius.
local function nearest(set, x, y, cap)
    local place = x .. ',' .. y .. cap
    if set == FREE then
        local id, distance = listed(place, cap)
        if id ~= nil then return id, distance end
    end
    local circle, seen = math.min(FIRST_CIRCLE, radius), {}
    while true do
        local page, last = 16, false
        if set == FREE and circle > 4 * FIRST_CIRCLE and keep_list(place, x, y, circle) then
            local id, distance = listed(place, cap)
            if id ~= nil then return id, distance end
        end
        repeat
            local found = redis.call('GEOSEARCH', set, 'FROMLONLAT', x, y,
                'BYRADIUS', circle * SCALE + SLACK, 'm', 'ASC', 'COUNT', page)
            local moved_before = moved
            for _, id in ipairs(found) do
                if not seen[id] then
                    local distance = fits(set, id, cap)
                    if moved == MOVES then return 'again' end
                    if distance then return id, distance end
                    seen[id] = true
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

local function nobody()
    if since ~= '' then wait(order, lat, lng, radius, since, now + patience, lease, token, now) end
    return false
end

local before = redis.call('HGET', ORDERS, order)
if before then
    if since ~= '' then withdraw(order) end
    local claim = redis.call('HMGET', claim_key(before), 'token', 'metres')
    if redis.call('ZSCORE', LEASES, before) then
        redis.call('ZADD', LEASES, string.format('%.0f', now + lease), before)
    end
    return answer(before, tonumber(claim[2] or nil) or away(before) or 0, claim[1])
end

local id, distance
if named ~= '' then
    local status = redis.call('HGET', driver_key(named), 'status')
    if status ~= 'available' or excluded[named] or redis.call('EXISTS', claim_key(named)) == 1 then return nobody() end
    id, distance = named, away(named) or 0
else
    -- Who asks for drivers that have been silent for longer than usual gets them too.
    for _, set in ipairs(max_age > horizon and {FREE, SILENT} or {FREE}) do
        for i = 13, radius > WIDE and 13 or 12 + 3 * centres, 3 do
            local near, far
            if radius > WIDE then near, far = anywhere(set) else near, far = nearest(set, ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
            if near == 'again' and not far then return 'again' end
            if near and (not id or far < distance) then id, distance = near, far end
        end
    end
    if not id then return nobody() end
end
withdraw(order)
hold(id, order, token, distance, now + lease)
return answer(id, distance, token)
