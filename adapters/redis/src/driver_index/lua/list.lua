-- Looks at the next drivers behind one, and returns those that match.
-- ARGV: id ('' for the beginning), how many to look at, how many to return, horizon, status or '', south (none for no box),
-- west, north, east. Returns the id to go on behind, or '' at the end, and the drivers.
local after, turn, limit, horizon, status = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local south, west, north, east = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local now = clock()

-- Like `BoundingBox::contains`: west of it may lie east of it, across the antimeridian, which has two names; a pole has many.
local function between(lng)
    if west <= east then return lng >= west and lng <= east end
    return lng >= west or lng <= east
end
local function inside(lat, lng)
    if lat < south or lat > north then return false end
    return between(lng) or math.abs(lng) >= 180 and between(-lng) or math.abs(lat) >= 90
end

local ids = redis.call('ZRANGE', IDS, after == '' and '-' or '(' .. after, '+', 'BYLEX', 'LIMIT', 0, turn)
local found = {}
for _, id in ipairs(ids) do
    if #found == limit then return {'', found} end
    local driver = describe(id, horizon, now)
    local lat, lng = driver and tonumber(driver[4] or nil), driver and tonumber(driver[5] or nil)
    if driver and (status == '' or status == driver[3]) and (not south or (lat and inside(lat, lng))) then
        found[#found + 1] = driver
    end
end
return {#ids == turn and ids[turn] or '', found}
