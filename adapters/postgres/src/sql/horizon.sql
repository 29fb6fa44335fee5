-- $1: microseconds of running. The part of five minutes in which they began counts whole. What is marked no more is shown now.
SELECT least(min(earliest), clock_timestamp()),
       coalesce((SELECT min(slot) FROM clock_history) * 300000000 <= (SELECT ran FROM clock WHERE id = 1) - $1::bigint, false)
FROM clock_history
WHERE slot >= ((SELECT ran FROM clock WHERE id = 1) - $1::bigint) / 300000000
HAVING count(*) > 0
