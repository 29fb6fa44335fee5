-- One statement, so that what comes in between is seen in both or in neither.
SELECT coalesce(sum(pending), 0)::bigint, coalesce(sum(dispatched), 0)::bigint,
       coalesce(sum(manual_dispatch), 0)::bigint, coalesce(sum(delivered), 0)::bigint,
       coalesce(sum(cancelled), 0)::bigint, (SELECT coalesce(sum(orders), 0)::bigint FROM acceptances)
FROM order_counts
