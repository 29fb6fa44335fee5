-- A page of the orders that wait for a person for one reason. All that wait for any were looked at, and of a hundred thousand for want
-- of a driver the few that were given up as dead letters came last.
--
-- Holds off whoever writes orders while it is built, about half a second for a million: their rows are read, few come in. Not
-- CONCURRENTLY, which cannot be part of a transaction.
CREATE INDEX orders_by_reason ON orders (manual_reason, created_at) WHERE manual_reason IS NOT NULL;
