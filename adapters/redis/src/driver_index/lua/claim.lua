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

-- Metres to a driver of `set` who is to be taken; nil for whom it is not, and how far beyond the radius they are. Who has
-- fallen silent leaves the search.
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
    if distance > radius + RIM then return nil, distance - radius end
    return distance
end

-- The nearest of a list that was kept around here; nil when the list does not tell, `false` when it tells that there is
-- nobody within the radius, 'again' like the whole script. Who has left the search leaves the list.
local function listed(circle, x, y, cap)
    local place = square(circle, x, y, cap)
    local reach, aside = renew_list(place, x, y)
    local from, size, gone = 0, 4, {}
    local id, distance, beyond
    while reach and id == nil do
        local ids = redis.call('ZRANGE', near_key(place), from, from + size - 1)
        local free = #ids > 0 and redis.call('ZMSCORE', FREE, unpack(ids))
        for i, candidate in ipairs(ids) do
            if free[i] then
                distance, beyond = fits(FREE, candidate, cap)
                if distance then id = candidate break end
                if beyond and beyond > 2 * aside then id = false break end
                if moved == MOVES then id = 'again' break end
            else
                gone[#gone + 1] = candidate
            end
        end
        if id == nil and #ids < size then
            if reach >= radius + aside then id = false else drop_list(place) end
            reach = nil
        end
        from, size = from + #ids, math.min(4 * size, 64)
    end
    if #gone > 0 then redis.call('ZREM', near_key(place), unpack(gone)) end
    return id, distance
end

-- The nearest of `set` around one centre, within the radius.
local function nearest(set, x, y, cap)
    local circle = FIRST_CIRCLE
    while set == FREE and circle < 4 * radius and redis.call('EXISTS', CROWD) == 1 do
        local id, distance = listed(math.min(circle, radius), x, y, cap)
        if id ~= nil then return id, distance end
        circle = circle * 4
    end
    local function search(count, ...)
        return redis.call('GEOSEARCH', set, 'FROMLONLAT', x, y, 'BYRADIUS', circle * SCALE + SLACK, 'm', 'ASC',
            'COUNT', count, ...)
    end
    local seen, crowded = {}, {}
    circle = math.min(FIRST_CIRCLE, radius)
    while true do
        -- Any so many: when it is all of them, they are in order.
        local page = CROWDED + 1
        local found = search(page, 'ANY')
        if #found == page and not crowded[circle] and circle > 1 and circle <= FIRST_CIRCLE then
            -- First whether there is somebody at the door.
            crowded[circle] = true
            circle = circle / 4
        else
            if #found == page then
                if set == FREE then
                    keep_list(circle, x, y, cap)
                    local id, distance = listed(circle, x, y, cap)
                    if id ~= nil then return id, distance end
                end
                found = search(page)
            end
            while true do
                for _, id in ipairs(found) do
                    if not seen[id] then
                        local distance = fits(set, id, cap)
                        if moved == MOVES then return 'again' end
                        if distance then return id, distance end
                        seen[id] = true
                    end
                end
                if #found < page then break end
                page = page * 4
                found = search(page)
            end
            if circle >= radius then return nil end
            circle = math.min(circle * 4, radius)
        end
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
            if radius > WIDE then near, far = anywhere(set) else near, far = nearest(set, tonumber(ARGV[i]), tonumber(ARGV[i + 1]), ARGV[i + 2]) end
            if near == 'again' and not far then return 'again' end
            if near and (not id or far < distance) then id, distance = near, far end
        end
    end
    if not id then return nobody() end
end
withdraw(order)
hold(id, order, token, distance, now + lease)
return answer(id, distance, token)
