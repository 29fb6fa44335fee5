SELECT coalesce(sum(pending), 0)::bigint, coalesce(sum(dispatched), 0)::bigint,
       coalesce(sum(manual_dispatch), 0)::bigint, coalesce(sum(delivered), 0)::bigint,
       coalesce(sum(cancelled), 0)::bigint
FROM order_counts
