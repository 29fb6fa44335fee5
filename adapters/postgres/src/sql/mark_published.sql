-- Also tells whether other messages of these orders wait, which may go now.
WITH published AS (
    DELETE FROM outbox_pending p
    USING unnest($1::bigint[], $2::bigint[]) AS mine (id, token)
    WHERE p.id = ANY ($1) AND p.id = mine.id AND p.claim_token = mine.token
    RETURNING p.id, p.order_seq
)
SELECT count(*),
       coalesce(bool_or(EXISTS (
           SELECT 1 FROM outbox_pending next
           WHERE next.order_seq = published.order_seq AND next.id + 0 > published.id)), false)
FROM published
