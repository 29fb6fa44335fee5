-- Without `id`: what the planner chose for a table that was full and is empty looked for rows by their ids in this index, from
-- its one end to the other for each of them. New rows wait while it is built: what is still to be published is few, and takes a
-- second for a million.
DROP INDEX outbox_of_order;
CREATE INDEX outbox_of_order ON outbox_pending (order_seq);
