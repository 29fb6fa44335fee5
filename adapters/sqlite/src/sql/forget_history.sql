-- A little more than a year of running, which is the longest that anything is kept.
DELETE FROM clock_history WHERE slot < (SELECT ran / 300000000 FROM clock WHERE id = 1) - 106000
