-- How many letters of each kind are parked: the sum of these rows, kept as `order_counts` is. A million parked letters are counted, and
-- shown by kind, without being read.
CREATE TABLE letter_counts (
    fingerprint text   NOT NULL,
    parked      bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

CREATE FUNCTION count_new_letters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO letter_counts
    SELECT fingerprint, count(*) FROM arrived WHERE state = 'parked' GROUP BY fingerprint;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_moved_letters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO letter_counts
    SELECT fingerprint, sum(n)
    FROM (SELECT fingerprint, 1 AS n FROM arrived WHERE state = 'parked'
          UNION ALL
          SELECT fingerprint, -1 FROM departed WHERE state = 'parked') moved
    GROUP BY fingerprint
    HAVING sum(n) <> 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_gone_letters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO letter_counts
    SELECT fingerprint, -count(*) FROM departed WHERE state = 'parked' GROUP BY fingerprint;
    RETURN NULL;
END
$$;

CREATE TRIGGER letters_arrived AFTER INSERT ON dead_letters
REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION count_new_letters();
CREATE TRIGGER letters_moved AFTER UPDATE ON dead_letters
REFERENCING OLD TABLE AS departed NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION count_moved_letters();
CREATE TRIGGER letters_gone AFTER DELETE ON dead_letters
REFERENCING OLD TABLE AS departed FOR EACH STATEMENT EXECUTE FUNCTION count_gone_letters();

-- The triggers hold off whoever parks until this is committed: no letter is counted twice, or not.
INSERT INTO letter_counts
SELECT fingerprint, count(*) FROM dead_letters WHERE state = 'parked' GROUP BY fingerprint;

-- The first of a kind that is parked, and a page of one topic.
CREATE INDEX dead_letters_parked_first ON dead_letters (fingerprint, first_seen) WHERE state = 'parked';
CREATE INDEX dead_letters_by_topic ON dead_letters (topic, last_seen, id);
