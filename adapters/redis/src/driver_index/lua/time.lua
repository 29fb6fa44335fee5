-- What time it is, in microseconds.
return string.format('%.0f', clock())
