-- The only statement that reads the whole table, once in a relay's life: an index on the owner would make each claim
-- write into four indexes. A row that is locked is being settled: not ours to give back.
WITH held AS MATERIALIZED (
    SELECT id FROM outbox_pending WHERE owner = $1 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE outbox_pending p
SET owner = NULL, claimed_until = NULL, claim_token = p.claim_token + 1
WHERE p.id = ANY (ARRAY(SELECT id FROM held))
