-- What was shown while the last ?1 microseconds of running passed, ?2 is now; and whether it is remembered so far back. The part
-- of five minutes in which they began counts whole.
SELECT min(min(earliest), ?2),
       (SELECT min(slot) FROM clock_history) * 300000000 <= (SELECT ran FROM clock WHERE id = 1) - ?1
FROM clock_history
WHERE slot >= ((SELECT ran FROM clock WHERE id = 1) - ?1) / 300000000
