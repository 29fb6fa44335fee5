-- For how long somebody was seen to run on this database, in microseconds, and what its clock has shown meanwhile. A clock can be
-- set; the time that was seen to pass cannot: what may be forgotten is decided by both.
CREATE TABLE clock (
    id  integer     PRIMARY KEY CHECK (id = 1),
    ran bigint      NOT NULL CHECK (ran >= 0),
    at  timestamptz NOT NULL
);

-- The earliest time that the clock has shown, in each five minutes of running.
CREATE TABLE clock_history (
    slot     bigint      PRIMARY KEY,
    earliest timestamptz NOT NULL
);
