-- Amounts are minor units. Identifiers sort by their bytes (COLLATE "C"), as they do in the program.
-- Documents are `json`, not `jsonb`: what comes out is, to the byte, what went in.

-- An order: what was asked for (`details`, never changed) and where it stands (the fold of its events).
-- `seq` is the order's name inside this database: 8 bytes in every child row instead of up to 128.
CREATE TABLE orders (
    seq           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id            text        COLLATE "C" NOT NULL CONSTRAINT one_order_an_id UNIQUE CHECK (length(id) BETWEEN 1 AND 128),
    order_number  text        COLLATE "C",
    customer_id   text        COLLATE "C",
    fingerprint   bytea       NOT NULL CHECK (length(fingerprint) = 32),
    currency      text        NOT NULL CHECK (length(currency) = 3),
    price         bigint      NOT NULL CHECK (price BETWEEN 0 AND 100000000000000),
    tax           bigint      NOT NULL CHECK (tax BETWEEN 0 AND 100000000000000),
    details       json        NOT NULL,
    status        text        NOT NULL
        CHECK (status IN ('PENDING', 'DISPATCHED', 'MANUAL_DISPATCH', 'DELIVERED', 'CANCELLED')),
    version       bigint      NOT NULL CHECK (version >= 1),
    driver_id     text        COLLATE "C",
    driver_name   text,
    claim_token   text,
    manual_reason text        CHECK (manual_reason IN ('no_driver', 'fleet_unavailable', 'dead_lettered')),
    cancel_reason text,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT pending_is_the_first_version CHECK ((status = 'PENDING') = (version = 1)),
    CONSTRAINT a_driver_drives CHECK (
        status NOT IN ('DISPATCHED', 'DELIVERED')
        OR (driver_id IS NOT NULL AND driver_name IS NOT NULL AND claim_token IS NOT NULL)),
    CONSTRAINT a_person_is_told_why CHECK ((status = 'MANUAL_DISPATCH') = (manual_reason IS NOT NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

CREATE UNIQUE INDEX one_order_a_number ON orders (order_number) WHERE order_number IS NOT NULL;
CREATE INDEX orders_newest ON orders (created_at);
CREATE INDEX orders_by_status ON orders (status, created_at);
CREATE INDEX orders_by_customer ON orders (customer_id, created_at) WHERE customer_id IS NOT NULL;
CREATE INDEX orders_by_driver ON orders (driver_id, created_at) WHERE driver_id IS NOT NULL;

-- The state machine once more: whoever writes past the program is refused too. The condition is evaluated without
-- entering the function, so a legal step costs no call.
CREATE FUNCTION refuse_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'invalid state transition: % -> %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
END
$$;

CREATE TRIGGER orders_step BEFORE UPDATE OF status, version ON orders
FOR EACH ROW
WHEN (NEW.version <> OLD.version + 1
    OR NOT CASE OLD.status
        WHEN 'PENDING' THEN NEW.status IN ('DISPATCHED', 'MANUAL_DISPATCH', 'CANCELLED')
        WHEN 'MANUAL_DISPATCH' THEN NEW.status IN ('DISPATCHED', 'CANCELLED')
        WHEN 'DISPATCHED' THEN NEW.status IN ('DELIVERED', 'CANCELLED')
        ELSE FALSE
    END)
EXECUTE FUNCTION refuse_step();

-- How many orders are in each state: the sum of these rows. Each statement that moves orders adds one row with what it
-- changed, so that no two transactions wait for each other, and a count reads neither a million orders nor a hot row.
-- Whoever counts folds the rows into one, now and then.
CREATE TABLE order_counts (
    pending         bigint NOT NULL,
    dispatched      bigint NOT NULL,
    manual_dispatch bigint NOT NULL,
    delivered       bigint NOT NULL,
    cancelled       bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

CREATE FUNCTION count_new_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_counts
    SELECT count(*) FILTER (WHERE status = 'PENDING'),
           count(*) FILTER (WHERE status = 'DISPATCHED'),
           count(*) FILTER (WHERE status = 'MANUAL_DISPATCH'),
           count(*) FILTER (WHERE status = 'DELIVERED'),
           count(*) FILTER (WHERE status = 'CANCELLED')
    FROM arrived
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_moved_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_counts
    SELECT coalesce(sum(n) FILTER (WHERE status = 'PENDING'), 0),
           coalesce(sum(n) FILTER (WHERE status = 'DISPATCHED'), 0),
           coalesce(sum(n) FILTER (WHERE status = 'MANUAL_DISPATCH'), 0),
           coalesce(sum(n) FILTER (WHERE status = 'DELIVERED'), 0),
           coalesce(sum(n) FILTER (WHERE status = 'CANCELLED'), 0)
    FROM (SELECT status, 1 AS n FROM arrived UNION ALL SELECT status, -1 FROM departed) moved
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_gone_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_counts
    SELECT -count(*) FILTER (WHERE status = 'PENDING'),
           -count(*) FILTER (WHERE status = 'DISPATCHED'),
           -count(*) FILTER (WHERE status = 'MANUAL_DISPATCH'),
           -count(*) FILTER (WHERE status = 'DELIVERED'),
           -count(*) FILTER (WHERE status = 'CANCELLED')
    FROM departed
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER orders_arrived AFTER INSERT ON orders
REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION count_new_orders();
CREATE TRIGGER orders_moved AFTER UPDATE ON orders
REFERENCING OLD TABLE AS departed NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION count_moved_orders();
CREATE TRIGGER orders_gone AFTER DELETE ON orders
REFERENCING OLD TABLE AS departed FOR EACH STATEMENT EXECUTE FUNCTION count_gone_orders();

-- What happened to an order. `data` is the event's own part as JSON; status, driver and reasons of the order are
-- the fold of these rows alone. The request itself is in `orders.details`, which no event changes.
CREATE TABLE order_events (
    order_seq bigint      NOT NULL REFERENCES orders (seq),
    version   bigint      NOT NULL CHECK (version >= 1),
    event_id  uuid        NOT NULL,
    kind      text        NOT NULL
        CHECK (kind IN ('created', 'dispatched', 'manual_dispatch', 'cancelled', 'delivered')),
    data      json        NOT NULL,
    at        timestamptz NOT NULL,
    cause     text        NOT NULL CHECK (cause IN ('api', 'dispatcher', 'redispatch')),
    attempt   bigint      NOT NULL,
    trace     text,
    PRIMARY KEY (order_seq, version),
    CONSTRAINT created_is_the_first CHECK ((kind = 'created') = (version = 1))
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an event that happened cannot be changed' USING ERRCODE = 'check_violation';
END
$$;

CREATE TRIGGER order_events_are_facts BEFORE UPDATE ON order_events
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Who drives what. An order gets a driver once in its life: from DISPATCHED it only goes to a final state.
CREATE TABLE assignments (
    order_seq  bigint      PRIMARY KEY REFERENCES orders (seq),
    driver_id  text        COLLATE "C" NOT NULL,
    token      text        NOT NULL,
    active     boolean     NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    CONSTRAINT what_is_over_has_an_end CHECK (active = (ended_at IS NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

CREATE UNIQUE INDEX one_order_a_driver ON assignments (driver_id) WHERE active;

-- Every message, published or not. Written once and never updated: whether it still has to be published is told by
-- the small table behind it. PostgreSQL writes a whole new row for every change; claiming and marking here would
-- write each payload three times.
CREATE TABLE outbox (
    id         bigint      GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    event_id   uuid        NOT NULL,
    topic      text        NOT NULL,
    order_seq  bigint      NOT NULL,
    version    bigint      NOT NULL,
    payload    text        NOT NULL,
    trace      text,
    created_at timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);

-- A message that no broker has confirmed, and who is publishing it until when. Publishing deletes the row, so all of
-- this table is hot and it stays small. Ids of one order grow in the order of its steps: whoever inserts holds the
-- order's row lock.
--
-- `retry` is another try at what could not be done: postponed, or given back by the broker. Tens of thousands of these may
-- be due at once, and must not stand before new orders: relays take both lanes, each in the order of its due times.
--
-- `behind` marks a row that was seen behind an older one of its order which is going nowhere: out of the index of what is
-- due, so that claims do not walk past it each time. Best effort: what may be claimed is decided by the rows alone.
--
-- No index holds a column of the claim: claiming updates rows in place (HOT), for which the pages keep room: a claim writes
-- each row of a page once more, and half as long again, before the first copies may go. The token grows whenever a claim
-- begins or ends, so that one that is over matches nothing.
CREATE TABLE outbox_pending (
    id            bigint      PRIMARY KEY,
    order_seq     bigint      NOT NULL,
    due_at        timestamptz NOT NULL,
    retry         boolean     NOT NULL DEFAULT false,
    behind        boolean     NOT NULL DEFAULT false,
    wait_reason   text        CHECK (wait_reason IN ('driver', 'fleet', 'backoff')),
    attempts      integer     NOT NULL DEFAULT 0,
    last_error    text,
    claim_token   bigint      NOT NULL DEFAULT 0,
    owner         text,
    claimed_until timestamptz,
    CONSTRAINT a_claim_is_whole CHECK ((owner IS NULL) = (claimed_until IS NULL))
) WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000);

CREATE INDEX outbox_due ON outbox_pending (retry, due_at, id) WHERE NOT behind;
CREATE INDEX outbox_of_order ON outbox_pending (order_seq, id);
CREATE INDEX outbox_behind ON outbox_pending (order_seq, id) WHERE behind;
CREATE INDEX outbox_waiting ON outbox_pending (wait_reason, id) WHERE wait_reason IS NOT NULL;

-- What stood behind a published message moves up. A trigger, because it must look after the deletion has got its locks:
-- whoever marks a row as behind locks the one it stands behind, and may have committed while the deletion waited.
CREATE FUNCTION move_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE outbox_pending SET behind = false
    WHERE id IN (
        SELECT (SELECT min(next.id) FROM outbox_pending next WHERE next.order_seq = gone.order_seq AND next.behind)
        FROM published gone);
    RETURN NULL;
END
$$;

CREATE TRIGGER outbox_published AFTER DELETE ON outbox_pending
REFERENCING OLD TABLE AS published FOR EACH STATEMENT EXECUTE FUNCTION move_up();

-- Which events were answered. This row, and nothing else, says that an event was processed.
CREATE TABLE inbox (
    consumer text        NOT NULL,
    event_id uuid        NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (consumer, event_id)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

-- `Idempotency-Key`s. The answer of then needs no column: it is the order at version 1. A key is taken before its
-- order is written, hence the deferred reference.
CREATE TABLE idempotency_keys (
    scope       text        COLLATE "C" NOT NULL,
    key         text        COLLATE "C" NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea       NOT NULL CHECK (length(fingerprint) = 32),
    order_id    text        COLLATE "C" NOT NULL REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (scope, key)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX idempotency_keys_oldest ON idempotency_keys (created_at);

CREATE TABLE dead_letters (
    id             uuid        PRIMARY KEY,
    event_id       uuid        NOT NULL UNIQUE,
    topic          text        NOT NULL,
    order_id       text        COLLATE "C",
    error          text        NOT NULL,
    fingerprint    text        NOT NULL,
    payload        text        NOT NULL,
    headers        json        NOT NULL,
    attempts       bigint      NOT NULL,
    first_seen     timestamptz NOT NULL,
    last_seen      timestamptz NOT NULL,
    state          text        NOT NULL CHECK (state IN ('parked', 'replayed', 'discarded')),
    discard_reason text,
    CONSTRAINT only_what_is_discarded_has_a_reason CHECK (discard_reason IS NULL OR state = 'discarded')
);

CREATE INDEX dead_letters_newest ON dead_letters (last_seen, id);
CREATE INDEX dead_letters_by_state ON dead_letters (state, last_seen, id);
CREATE INDEX dead_letters_by_kind ON dead_letters (fingerprint, last_seen, id);
CREATE INDEX dead_letters_parked ON dead_letters (fingerprint, last_seen, id) WHERE state = 'parked';
CREATE INDEX dead_letters_of_order ON dead_letters (order_id, last_seen, id) WHERE order_id IS NOT NULL;

-- Positions change all the time, names hardly ever: no index holds a position, so that they update in place.
CREATE TABLE drivers (
    id          text             COLLATE "C" PRIMARY KEY,
    name        text             NOT NULL,
    status      text             NOT NULL CHECK (status IN ('available', 'offline')),
    lat         double precision CHECK (lat BETWEEN -90 AND 90),
    lng         double precision CHECK (lng BETWEEN -180 AND 180),
    heading     double precision,
    position_at timestamptz,
    CONSTRAINT a_position_is_whole CHECK (
        (lat IS NULL) = (position_at IS NULL) AND (lng IS NULL) = (position_at IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.1);

-- Written to see whether the server takes a write.
CREATE TABLE probe (
    id integer     PRIMARY KEY CHECK (id = 1),
    at timestamptz NOT NULL
);
