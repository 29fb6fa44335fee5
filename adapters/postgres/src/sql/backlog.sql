-- Reads every unpublished row; see `Tally` for how often.
SELECT count(*),
       count(*) FILTER (WHERE due_at > moment.now),
       (extract(epoch FROM moment.now - min(due_at)) * 1000000)::bigint
FROM outbox_pending, (SELECT clock_timestamp() AS now OFFSET 0) moment
GROUP BY moment.now
