-- $1 owner, $2 at most, $3 of these for retries at least when there are so many, $4 lease in microseconds.
--
-- SKIP LOCKED, so that relays which claim at once share the rows instead of waiting for each other; inside a CTE, because
-- an UPDATE has no LIMIT, and a sub-select in its WHERE may be evaluated again and lock more rows than it updates.
--
-- The moment is read once: compared with each row, a volatile clock could not bound the index scan.
--
-- A claim that ends later than a lease can was made by a clock that has gone back since, and is void: its relay may be dead, and
-- the clock may take an hour to get there. Two leases, and a minute at least: another relay's clock_timestamp() may be later than
-- this one's, and its lease longer.
--
-- `id = (SELECT min(id + 0) …)` lets only the oldest row of an order pass. Not `NOT EXISTS`: that may become a join with the
-- whole table, this is one look into an index for each row that is looked at. Nor `min(id)`: for that the planner may walk
-- the primary key until a row of the order comes.
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp() AS now,
        clock_timestamp() + greatest(2 * $4::bigint * interval '1 microsecond', interval '1 minute') AS latest
), spared AS MATERIALIZED (
    SELECT count(*) AS rows FROM (
        SELECT 1
        FROM outbox_pending p
        WHERE NOT p.behind AND p.retry AND p.due_at <= (SELECT now FROM moment)
          AND (p.claimed_until IS NULL OR p.claimed_until <= (SELECT now FROM moment) OR p.claimed_until > (SELECT latest FROM moment))
          AND p.id = (SELECT min(older.id + 0) FROM outbox_pending older WHERE older.order_seq = p.order_seq)
        LIMIT $3::bigint) waiting
), fresh AS MATERIALIZED (
    SELECT p.id
    FROM outbox_pending p
    WHERE NOT p.behind AND NOT p.retry AND p.due_at <= (SELECT now FROM moment)
      AND (p.claimed_until IS NULL OR p.claimed_until <= (SELECT now FROM moment) OR p.claimed_until > (SELECT latest FROM moment))
      AND p.id = (SELECT min(older.id + 0) FROM outbox_pending older WHERE older.order_seq = p.order_seq)
    ORDER BY p.due_at, p.id
    LIMIT $2::bigint - (SELECT rows FROM spared)
    FOR NO KEY UPDATE OF p SKIP LOCKED
), retries AS MATERIALIZED (
    SELECT p.id
    FROM outbox_pending p
    WHERE NOT p.behind AND p.retry AND p.due_at <= (SELECT now FROM moment)
      AND (p.claimed_until IS NULL OR p.claimed_until <= (SELECT now FROM moment) OR p.claimed_until > (SELECT latest FROM moment))
      AND p.id = (SELECT min(older.id + 0) FROM outbox_pending older WHERE older.order_seq = p.order_seq)
    ORDER BY p.due_at, p.id
    LIMIT $2::bigint - (SELECT count(*) FROM fresh)
    FOR NO KEY UPDATE OF p SKIP LOCKED
), claimed AS (
    UPDATE outbox_pending p
    SET owner = $1,
        claim_token = p.claim_token + 1,
        claimed_until = (SELECT now FROM moment) + $4::bigint * interval '1 microsecond'
    WHERE p.id = ANY (ARRAY(SELECT id FROM fresh UNION ALL SELECT id FROM retries))
    RETURNING p.id, p.claim_token, p.attempts, p.retry, p.due_at
)
SELECT c.id, c.claim_token, c.attempts, m.event_id, m.topic, o.id, m.version, m.payload, m.trace, m.created_at
FROM claimed c
CROSS JOIN LATERAL (SELECT * FROM outbox WHERE outbox.id = c.id OFFSET 0) m
CROSS JOIN LATERAL (SELECT orders.id FROM orders WHERE orders.seq = m.order_seq OFFSET 0) o
ORDER BY c.retry, c.due_at, c.id
