-- Looks at no more orders than the inner LIMIT, each with one look into the outbox: a scalar subquery, not NOT EXISTS, which
-- may become a join with all of it. The age is asked outside, and the state as if it might be several: any index on
-- created_at would do otherwise, and be walked along all orders that are not pending.
SELECT oldest.id
FROM (
    SELECT o.seq, o.id, o.created_at
    FROM orders o
    WHERE o.status BETWEEN 'PENDING' AND 'PENDING'
    ORDER BY o.status, o.created_at
    LIMIT 50000) oldest
WHERE oldest.created_at < $1
  AND (SELECT p.id FROM outbox_pending p WHERE p.order_seq = oldest.seq LIMIT 1) IS NULL
ORDER BY oldest.created_at
LIMIT $2
