-- How many letters of each kind are parked. A million of them are counted, and shown by kind, without being read.
CREATE TABLE letter_counts (
    fingerprint TEXT    PRIMARY KEY,
    parked      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO letter_counts (fingerprint, parked)
SELECT fingerprint, count(*) FROM dead_letters WHERE state = 'parked' GROUP BY fingerprint;

CREATE TRIGGER letters_arrived AFTER INSERT ON dead_letters WHEN NEW.state = 'parked'
BEGIN
    INSERT INTO letter_counts (fingerprint, parked) VALUES (NEW.fingerprint, 1)
    ON CONFLICT (fingerprint) DO UPDATE SET parked = parked + 1;
END;

CREATE TRIGGER letters_moved AFTER UPDATE OF state, fingerprint ON dead_letters
BEGIN
    UPDATE letter_counts SET parked = parked - 1 WHERE OLD.state = 'parked' AND fingerprint = OLD.fingerprint;
    INSERT INTO letter_counts (fingerprint, parked) SELECT NEW.fingerprint, 1 WHERE NEW.state = 'parked'
    ON CONFLICT (fingerprint) DO UPDATE SET parked = parked + 1;
    DELETE FROM letter_counts WHERE fingerprint = OLD.fingerprint AND parked = 0;
END;

CREATE TRIGGER letters_gone AFTER DELETE ON dead_letters WHEN OLD.state = 'parked'
BEGIN
    UPDATE letter_counts SET parked = parked - 1 WHERE fingerprint = OLD.fingerprint;
    DELETE FROM letter_counts WHERE fingerprint = OLD.fingerprint AND parked = 0;
END;

-- The first of a kind that is parked, and a page by each filter.
CREATE INDEX dead_letters_parked_first ON dead_letters (fingerprint, first_seen) WHERE state = 'parked';
CREATE INDEX dead_letters_by_state ON dead_letters (state, last_seen);
CREATE INDEX dead_letters_by_kind ON dead_letters (fingerprint, last_seen);
CREATE INDEX dead_letters_by_topic ON dead_letters (topic, last_seen);
CREATE INDEX dead_letters_of_order ON dead_letters (order_id, last_seen) WHERE order_id IS NOT NULL;

-- A page of the orders that wait for a person for one reason: of all that wait the few of a rare reason came last. Built from every
-- order's row, a second for a million, once.
CREATE INDEX orders_by_reason ON orders (manual_reason, created_at) WHERE manual_reason IS NOT NULL;
