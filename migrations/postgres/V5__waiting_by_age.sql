-- What waits is woken in the order of its orders' age, not of its own: each postponement writes a new row.
DROP INDEX outbox_waiting;
CREATE INDEX outbox_waiting ON outbox_pending (wait_reason, order_seq, id) WHERE wait_reason IS NOT NULL;
