-- Who may work with these tables: programs that know version `minimum` or a later one, also when the tables are newer than
-- what they know. A migration that older programs could not live with raises it, in the same transaction.
CREATE TABLE compatibility (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    minimum INTEGER NOT NULL CHECK (minimum >= 1)
) STRICT;

-- Whoever asks may come in: those who do not know this table ask for nothing but their own version.
INSERT INTO compatibility (id, minimum) VALUES (1, 1);
