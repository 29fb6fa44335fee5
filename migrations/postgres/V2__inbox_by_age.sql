-- The inbox is pruned by age. Its primary key, by which it was, is in the order of time for our own event ids alone: rows of
-- random ids from elsewhere stood behind all of ours, and stayed for ever.
--
-- Holds off whoever answers events while it is built, about a second for a million rows. Not CONCURRENTLY, which cannot be
-- part of a transaction; meanwhile deliveries wait in the queue.
CREATE INDEX inbox_oldest ON inbox (at);

COMMENT ON TABLE order_counts IS 'The sum is how many orders are in each state. Whoever prunes folds the rows into one.';
