-- What people did, or tried to: who, what, why, and what came of it. Written once, and kept.
CREATE TABLE audit (
    id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    instance text        NOT NULL,
    subject  text,
    role     text,
    action   text        NOT NULL,
    target   text        NOT NULL,
    reason   text,
    outcome  text        NOT NULL CHECK (outcome IN ('done', 'accepted', 'refused', 'failed')),
    detail   text,
    trace_id text
);

-- A page by each filter, newest first; and where a page since a moment ends.
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_action ON audit (action, id);
CREATE INDEX audit_by_target ON audit (target, id);
CREATE INDEX audit_by_subject ON audit (subject, id);
CREATE INDEX audit_by_outcome ON audit (outcome, id);

CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what the audit says cannot be changed' USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION keep_audit();

-- What people do to many things at once. Its id is of version 7: they sort by when they were asked for.
CREATE TABLE operations (
    id         uuid        PRIMARY KEY,
    kind       text        NOT NULL,
    state      text        NOT NULL CHECK (state IN ('frozen', 'running', 'stopped', 'done', 'failed')),
    matched    bigint      NOT NULL,
    done       bigint      NOT NULL DEFAULT 0,
    skipped    bigint      NOT NULL DEFAULT 0,
    failed     bigint      NOT NULL DEFAULT 0,
    rate       bigint      CHECK (rate > 0),
    subject    text,
    reason     text,
    trace      text,
    errors     json        NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at   timestamptz,
    -- Who carries it out, and when they were last heard of: who is silent for too long is followed by somebody else.
    runner     uuid,
    heard_at   timestamptz,
    CONSTRAINT who_runs_is_known CHECK (state <> 'running' OR runner IS NOT NULL AND heard_at IS NOT NULL)
);

CREATE INDEX operations_by_state ON operations (state, created_at);

-- What it is about, as it was then, and what came of each.
CREATE TABLE operation_items (
    operation uuid   NOT NULL REFERENCES operations (id),
    n         bigint NOT NULL,
    target    text   NOT NULL,
    version   bigint,
    outcome   text   CHECK (outcome IN ('done', 'skipped', 'failed')),
    PRIMARY KEY (operation, n)
);

CREATE INDEX operation_items_left ON operation_items (operation, n) WHERE outcome IS NULL;
