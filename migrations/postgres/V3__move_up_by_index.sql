-- As before, but whatever the planner believes: `id IN (SELECT …)` may become a join with all of a table that was empty when
-- the plan was made, for every batch that is marked, and `min(id)` a walk along the primary key.
CREATE OR REPLACE FUNCTION move_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE outbox_pending SET behind = false
    WHERE id = ANY (ARRAY(
        SELECT (SELECT min(next.id + 0) FROM outbox_pending next WHERE next.order_seq = gone.order_seq AND next.behind)
        FROM published gone));
    RETURN NULL;
END
$$;
