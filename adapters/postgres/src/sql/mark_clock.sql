-- $1: the microseconds that the caller has seen pass since its last mark. Counts no more than what passed by the clock since
-- anybody's last mark, so that what several have seen counts once.
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp() AS now
), marked AS (
    INSERT INTO clock (id, ran, at)
    SELECT 1, 0, now FROM moment
    ON CONFLICT (id) DO UPDATE
    SET ran = clock.ran + greatest(0, least($1::bigint, (extract(epoch FROM excluded.at - clock.at) * 1000000)::bigint)),
        at = excluded.at
    RETURNING ran
)
INSERT INTO clock_history (slot, earliest)
SELECT marked.ran / 300000000, moment.now FROM marked, moment
ON CONFLICT (slot) DO UPDATE SET earliest = least(clock_history.earliest, excluded.earliest)
