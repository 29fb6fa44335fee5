-- What the planner chooses for a table that was full and is empty must be right when it is full again.

-- Without `id`: rows were looked for by their ids in this index, from its one end to the other for each of them. New rows
-- wait while it is built: what is still to be published is few, and takes a second for a million.
DROP INDEX outbox_of_order;
CREATE INDEX outbox_of_order ON outbox_pending (order_seq);

-- `id IN (SELECT …)` may become a join with the whole table for every batch that is marked, and `min(id)` a walk along the
-- primary key.
CREATE OR REPLACE FUNCTION move_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE outbox_pending SET behind = false
    WHERE id = ANY (ARRAY(
        SELECT (SELECT min(next.id + 0) FROM outbox_pending next WHERE next.order_seq = gone.order_seq AND next.behind)
        FROM published gone));
    RETURN NULL;
END
$$;
