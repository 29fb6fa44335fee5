-- For how long somebody was seen to run on this file, and what the clock has shown meanwhile. A clock can be set; the time that
-- was seen to pass cannot: what may be forgotten is decided by both.
--
-- `message` is the newest message when the mark was made: one that came later was written after `at`.
CREATE TABLE clock (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    ran     INTEGER NOT NULL CHECK (ran >= 0),
    at      INTEGER NOT NULL,
    message INTEGER NOT NULL
) STRICT;

-- The earliest time that the clock has shown, in each five minutes of running.
CREATE TABLE clock_history (
    slot     INTEGER PRIMARY KEY,
    earliest INTEGER NOT NULL
) STRICT;
