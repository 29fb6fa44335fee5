-- Newest first, ids only: each filter by its own index, and of these branches one is walked.
SELECT id, last_seen FROM dead_letters
WHERE ?1 IS NOT NULL AND id IN (SELECT unhex(value) FROM json_each(?1))
  AND +state = ?2 AND (?3 IS NULL OR fingerprint = ?3) AND (?4 IS NULL OR topic = ?4) AND (?5 IS NULL OR order_id = ?5)
UNION ALL
SELECT id, last_seen FROM dead_letters INDEXED BY dead_letters_of_order
WHERE ?1 IS NULL AND order_id = ?5 AND order_id IS NOT NULL
  AND state = ?2 AND (?3 IS NULL OR fingerprint = ?3) AND (?4 IS NULL OR topic = ?4)
UNION ALL
SELECT id, last_seen FROM dead_letters INDEXED BY dead_letters_by_kind
WHERE ?1 IS NULL AND ?5 IS NULL AND fingerprint = ?3
  AND state = ?2 AND (?4 IS NULL OR topic = ?4)
UNION ALL
SELECT id, last_seen FROM dead_letters INDEXED BY dead_letters_by_topic
WHERE ?1 IS NULL AND ?5 IS NULL AND ?3 IS NULL AND topic = ?4
  AND state = ?2
UNION ALL
SELECT id, last_seen FROM dead_letters INDEXED BY dead_letters_by_state
WHERE ?1 IS NULL AND ?5 IS NULL AND ?3 IS NULL AND ?4 IS NULL
  AND state = ?2
ORDER BY last_seen DESC, id DESC
LIMIT ?6
