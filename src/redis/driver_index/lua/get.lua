-- One driver. ARGV: id.
return describe(ARGV[1])
