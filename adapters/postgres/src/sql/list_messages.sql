-- A page of what is unpublished: behind row $1, $2 rows, with topic $3, in state $4; of $5 rows that are looked at, however many
-- follow. Last, in each row and in one without a message when there is none: the last row that was looked at, and whether these
-- were all that may be.
--
-- A claim that ends later than a lease can is void to relays; here it is shown as it is written.
WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS now),
seen AS MATERIALIZED (
    SELECT p.* FROM outbox_pending p WHERE p.id > $1 ORDER BY p.id LIMIT $5
), found AS MATERIALIZED (
    SELECT s.*
    FROM seen s
    WHERE CASE $4::text
              WHEN 'leased' THEN s.claimed_until > (SELECT now FROM moment)
              WHEN 'postponed' THEN s.due_at > (SELECT now FROM moment) AND coalesce(s.claimed_until <= (SELECT now FROM moment), true)
              WHEN 'due' THEN s.due_at <= (SELECT now FROM moment) AND coalesce(s.claimed_until <= (SELECT now FROM moment), true)
              WHEN 'published' THEN false
              ELSE true
          END
      AND ($3::text IS NULL OR (SELECT m.topic FROM outbox m WHERE m.id = s.id) = $3)
    ORDER BY s.id
    LIMIT $2
)
SELECT m.id, m.event_id, m.topic, o.id, m.version, m.created_at, m.trace, octet_length(m.payload)::bigint,
       f.due_at, f.wait_reason, f.attempts, f.last_error, f.owner, f.claimed_until, extent.last, extent.full
FROM (SELECT max(id) AS last, count(*) = $5 AS full FROM seen) extent
LEFT JOIN found f ON true
LEFT JOIN LATERAL (SELECT * FROM outbox WHERE outbox.id = f.id OFFSET 0) m ON true
LEFT JOIN LATERAL (SELECT orders.id FROM orders WHERE orders.seq = f.order_seq OFFSET 0) o ON true
ORDER BY f.id
