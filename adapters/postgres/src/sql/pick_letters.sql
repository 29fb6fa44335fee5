-- As `list_letters.sql`, which ones and no more; planned anew each time.
SELECT id, last_seen
FROM dead_letters
WHERE ($1::uuid[] IS NULL OR id = ANY ($1))
  AND ($2::text IS NULL OR state = $2)
  AND ($3::text IS NULL OR fingerprint = $3)
  AND ($4::text IS NULL OR topic = $4)
  AND ($5::text IS NULL OR order_id = $5)
ORDER BY last_seen DESC, id DESC
LIMIT $6
