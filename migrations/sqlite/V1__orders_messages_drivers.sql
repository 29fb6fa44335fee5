-- Times are microseconds since 1970, UTC. Amounts are minor units. UUIDs are 16-byte blobs.
--
-- `x = 'a' OR x = 'b' OR x = 'c'` where one would write `IN`: of a list of three or more SQLite makes a temporary
-- B-tree, each time a row is checked. That was an eighth of the writer's time.

-- An order: what was asked for (`details`, never changed) and where it stands (the fold of its events).
-- `seq` is the order's name inside this file: 4 bytes in every child row instead of up to 128.
CREATE TABLE orders (
    seq           INTEGER PRIMARY KEY,
    id            TEXT    NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 128),
    order_number  TEXT    UNIQUE,
    customer_id   TEXT,
    fingerprint   BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    currency      TEXT    NOT NULL CHECK (length(currency) = 3),
    price         INTEGER NOT NULL CHECK (price BETWEEN 0 AND 100000000000000),
    tax           INTEGER NOT NULL CHECK (tax BETWEEN 0 AND 100000000000000),
    details       TEXT    NOT NULL,
    status        TEXT    NOT NULL
        CHECK (status = 'PENDING' OR status = 'DISPATCHED' OR status = 'MANUAL_DISPATCH'
            OR status = 'DELIVERED' OR status = 'CANCELLED'),
    version       INTEGER NOT NULL CHECK (version >= 1),
    driver_id     TEXT,
    driver_name   TEXT,
    claim_token   TEXT,
    manual_reason TEXT
        CHECK (manual_reason = 'no_driver' OR manual_reason = 'fleet_unavailable' OR manual_reason = 'dead_lettered'),
    cancel_reason TEXT,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    CONSTRAINT pending_is_the_first_version CHECK ((status = 'PENDING') = (version = 1)),
    CONSTRAINT a_driver_drives CHECK (
        status NOT IN ('DISPATCHED', 'DELIVERED')
        OR (driver_id IS NOT NULL AND driver_name IS NOT NULL AND claim_token IS NOT NULL)),
    CONSTRAINT a_person_is_told_why CHECK ((status = 'MANUAL_DISPATCH') = (manual_reason IS NOT NULL))
) STRICT;

CREATE INDEX orders_newest ON orders (created_at);
CREATE INDEX orders_by_status ON orders (status, created_at);
CREATE INDEX orders_by_customer ON orders (customer_id, created_at) WHERE customer_id IS NOT NULL;
CREATE INDEX orders_by_driver ON orders (driver_id, created_at) WHERE driver_id IS NOT NULL;

-- The state machine once more: whoever writes past the program is refused too.
CREATE TRIGGER orders_step BEFORE UPDATE OF status, version ON orders
WHEN NEW.version <> OLD.version + 1
    OR NOT CASE OLD.status
        WHEN 'PENDING'
            THEN NEW.status = 'DISPATCHED' OR NEW.status = 'MANUAL_DISPATCH' OR NEW.status = 'CANCELLED'
        WHEN 'MANUAL_DISPATCH' THEN NEW.status = 'DISPATCHED' OR NEW.status = 'CANCELLED'
        WHEN 'DISPATCHED' THEN NEW.status = 'DELIVERED' OR NEW.status = 'CANCELLED'
        ELSE FALSE
    END
BEGIN
    SELECT RAISE(ABORT, 'invalid state transition: ' || OLD.status || ' -> ' || NEW.status);
END;

-- How many orders are in each state. Kept by the writer, one update a transaction: a count over a million
-- orders would cost the start its 300 ms.
CREATE TABLE order_counts (
    status TEXT    PRIMARY KEY,
    orders INTEGER NOT NULL CHECK (orders >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO order_counts (status, orders)
VALUES ('PENDING', 0), ('DISPATCHED', 0), ('MANUAL_DISPATCH', 0), ('DELIVERED', 0), ('CANCELLED', 0);

-- What happened to an order. `data` is the event's own part as JSON; status, driver and reasons of the order are
-- the fold of these rows alone. The request itself is in `orders.details`, which no event changes.
CREATE TABLE order_events (
    order_seq INTEGER NOT NULL REFERENCES orders (seq),
    version   INTEGER NOT NULL CHECK (version >= 1),
    event_id  BLOB    NOT NULL CHECK (length(event_id) = 16),
    kind      TEXT    NOT NULL
        CHECK (kind = 'created' OR kind = 'dispatched' OR kind = 'manual_dispatch' OR kind = 'cancelled'
            OR kind = 'delivered'),
    data      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    cause     TEXT    NOT NULL CHECK (cause = 'api' OR cause = 'dispatcher' OR cause = 'redispatch'),
    attempt   INTEGER NOT NULL,
    trace     TEXT,
    PRIMARY KEY (order_seq, version),
    CONSTRAINT created_is_the_first CHECK ((kind = 'created') = (version = 1))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER order_events_are_facts BEFORE UPDATE ON order_events
BEGIN
    SELECT RAISE(ABORT, 'an event that happened cannot be changed');
END;

-- Who drives what. An order gets a driver once in its life: from DISPATCHED it only goes to a final state.
CREATE TABLE assignments (
    order_seq  INTEGER PRIMARY KEY REFERENCES orders (seq),
    driver_id  TEXT    NOT NULL,
    token      TEXT    NOT NULL,
    active     INTEGER NOT NULL CHECK (active IN (0, 1)),
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    CHECK ((active = 1) = (ended_at IS NULL))
) STRICT;

CREATE UNIQUE INDEX one_order_a_driver ON assignments (driver_id) WHERE active = 1;

-- Every message, published or not. Written once and never updated: whether it still has to be published is told
-- by the small table behind it, so that marking a message does not rewrite its page.
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,
    event_id   BLOB    NOT NULL CHECK (length(event_id) = 16),
    topic      TEXT    NOT NULL,
    order_seq  INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    payload    TEXT    NOT NULL,
    trace      TEXT,
    created_at INTEGER NOT NULL
) STRICT;

-- A message that no broker has confirmed. Publishing deletes the row.
CREATE TABLE outbox_pending (
    id          INTEGER PRIMARY KEY REFERENCES outbox (id),
    order_seq   INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    wait_reason TEXT    CHECK (wait_reason = 'driver' OR wait_reason = 'fleet' OR wait_reason = 'backoff'),
    attempts    INTEGER NOT NULL DEFAULT 0,
    last_error  TEXT
) STRICT;

CREATE INDEX outbox_due ON outbox_pending (due_at);
CREATE INDEX outbox_of_order ON outbox_pending (order_seq);
CREATE INDEX outbox_waiting ON outbox_pending (wait_reason) WHERE wait_reason IS NOT NULL;

-- Which events were answered. This row, and nothing else, says that an event was processed.
CREATE TABLE inbox (
    consumer TEXT    NOT NULL,
    event_id BLOB    NOT NULL CHECK (length(event_id) = 16),
    at       INTEGER NOT NULL,
    PRIMARY KEY (consumer, event_id)
) STRICT, WITHOUT ROWID;

-- `Idempotency-Key`s. The answer of then needs no column: it is the order at version 1.
CREATE TABLE idempotency_keys (
    scope       TEXT    NOT NULL,
    key         TEXT    NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    order_seq   INTEGER NOT NULL REFERENCES orders (seq),
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_oldest ON idempotency_keys (created_at);

CREATE TABLE dead_letters (
    id             BLOB    PRIMARY KEY CHECK (length(id) = 16),
    event_id       BLOB    NOT NULL UNIQUE CHECK (length(event_id) = 16),
    topic          TEXT    NOT NULL,
    order_id       TEXT,
    error          TEXT    NOT NULL,
    fingerprint    TEXT    NOT NULL,
    payload        TEXT    NOT NULL,
    headers        TEXT    NOT NULL,
    attempts       INTEGER NOT NULL,
    first_seen     INTEGER NOT NULL,
    last_seen      INTEGER NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('parked', 'replayed', 'discarded')),
    discard_reason TEXT,
    CHECK (discard_reason IS NULL OR state = 'discarded')
) STRICT;

CREATE INDEX dead_letters_newest ON dead_letters (last_seen);
CREATE INDEX dead_letters_parked ON dead_letters (fingerprint, last_seen) WHERE state = 'parked';

CREATE TABLE drivers (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('available', 'offline')),
    lat         REAL CHECK (lat BETWEEN -90 AND 90),
    lng         REAL CHECK (lng BETWEEN -180 AND 180),
    heading     REAL,
    position_at INTEGER,
    CONSTRAINT a_position_is_whole CHECK (
        (lat IS NULL) = (position_at IS NULL) AND (lng IS NULL) = (position_at IS NULL))
) STRICT, WITHOUT ROWID;

-- Written to see whether the disk takes a write.
CREATE TABLE probe (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;
