-- Moves drivers, who are heard now. ARGV: horizon, then eight of each position: id, lat, lng, heading, at, x, y, cap.
-- Returns a letter for each: of whom it is that cannot be given (more) orders, `f` for who can, `u` for who is unknown; which
-- came late (counted from 0, each with the time of the position that stands); and the claims made for orders that waited.
local LETTER = {offline = 'o', has_order = 'h', no_position = 'n', silent = 's'}
local horizon, now = tonumber(ARGV[1]), clock()
local letters, late = {}, {}
for i = 2, #ARGV, 8 do
    local id = ARGV[i]
    if redis.call('EXISTS', driver_key(id)) == 1 then
        local stands =
            move(id, ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], ARGV[i + 6], ARGV[i + 7], now)
        if stands then late[#late + 1] = {(i - 2) / 8, string.format('%.0f', stands)} end
        local why = offer(id, horizon, now)
        letters[#letters + 1] = why and LETTER[why] or 'f'
    else
        letters[#letters + 1] = 'u'
    end
end
return {table.concat(letters), late, handed}
