-- Who is near and can be given orders, or could if they were heard of; in a crowd of hundreds any of them.
-- ARGV: lat, lng, radius (metres), how many, horizon (microseconds), how many centres, for each x, y, cap.
-- Returns drivers as `describe` gives them, nobody in particular first.
local lat, lng, radius, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local horizon, centres, now = tonumber(ARGV[5]), tonumber(ARGV[6]), clock()
-- Looked at in one circle, at most: this is for people, and nobody is to wait for it.
local MOST = 256
local found, seen, circle = {}, {}, math.min(60, radius)

while true do
    local full = false
    for i = 7, 6 + 3 * centres, 3 do
        for _, set in ipairs({FREE, SILENT}) do
            local ids = redis.call('GEOSEARCH', set, 'FROMLONLAT', ARGV[i], ARGV[i + 1], 'BYRADIUS', circle * SCALE + SLACK, 'm',
                'ASC', 'COUNT', MOST, 'ANY')
            full = full or #ids == MOST
            for _, id in ipairs(ids) do
                local driver = redis.call('HMGET', driver_key(id), 'lat', 'lng', 'cap')
                if not seen[id] and driver[1] and driver[3] == ARGV[i + 2] then
                    seen[id] = true
                    found[#found + 1] = {metres(lat, lng, tonumber(driver[1]), tonumber(driver[2])), id}
                end
            end
        end
    end
    if full or #found >= limit or circle >= radius then break end
    circle = math.min(circle * 4, radius)
end
table.sort(found, function(a, b) return a[1] < b[1] end)
local near = {}
for i = 1, math.min(limit, #found) do
    near[i] = describe(found[i][2], horizon, now)
end
return near
