-- One driver. ARGV: id, horizon.
return describe(ARGV[1], tonumber(ARGV[2]), clock())
