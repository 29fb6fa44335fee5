-- What people did, or tried to: who, what, why, and what came of it. Written once, and kept.
CREATE TABLE audit (
    id       INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    instance TEXT    NOT NULL,
    subject  TEXT,
    role     TEXT,
    action   TEXT    NOT NULL,
    target   TEXT    NOT NULL,
    reason   TEXT,
    outcome  TEXT    NOT NULL CHECK (outcome IN ('done', 'accepted', 'refused', 'failed')),
    detail   TEXT,
    trace_id TEXT
) STRICT;

-- A page by each filter, newest first; and where a page since a moment ends.
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_action ON audit (action);
CREATE INDEX audit_by_target ON audit (target);
CREATE INDEX audit_by_subject ON audit (subject);
CREATE INDEX audit_by_outcome ON audit (outcome);

CREATE TRIGGER audit_is_kept BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'what the audit says cannot be changed');
END;

-- REPLACE deletes without asking the triggers of deletion.
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'what the audit says cannot be changed');
END;

CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'what the audit says cannot be changed');
END;

-- What people do to many things at once. Its id is of version 7: they sort by when they were asked for.
CREATE TABLE operations (
    id         BLOB    PRIMARY KEY CHECK (length(id) = 16),
    kind       TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('frozen', 'running', 'stopped', 'done', 'failed')),
    matched    INTEGER NOT NULL,
    done       INTEGER NOT NULL DEFAULT 0,
    skipped    INTEGER NOT NULL DEFAULT 0,
    failed     INTEGER NOT NULL DEFAULT 0,
    rate       INTEGER CHECK (rate > 0),
    subject    TEXT,
    reason     TEXT,
    trace      TEXT,
    errors     TEXT    NOT NULL DEFAULT '[]',
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at   INTEGER,
    -- Who carries it out, and when they were last heard of: who is silent for too long is followed by somebody else.
    runner     BLOB CHECK (length(runner) = 16),
    heard_at   INTEGER,
    CONSTRAINT who_runs_is_known CHECK (state <> 'running' OR runner IS NOT NULL AND heard_at IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX operations_by_state ON operations (state, created_at);

-- What it is about, as it was then, and what came of each.
CREATE TABLE operation_items (
    operation BLOB    NOT NULL REFERENCES operations (id),
    n         INTEGER NOT NULL,
    target    TEXT    NOT NULL,
    version   INTEGER,
    outcome   TEXT CHECK (outcome IN ('done', 'skipped', 'failed')),
    PRIMARY KEY (operation, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX operation_items_left ON operation_items (operation, n) WHERE outcome IS NULL;
