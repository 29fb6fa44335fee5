-- Newest first. The index gives last_seen; letters of one microsecond are sorted by id.
SELECT id, event_id, topic, order_id, error, fingerprint, payload, headers,
       attempts, first_seen, last_seen, state, discard_reason
FROM dead_letters
WHERE (?1 IS NULL OR id IN (SELECT unhex(value) FROM json_each(?1)))
  AND (?2 IS NULL OR state = ?2)
  AND (?3 IS NULL OR fingerprint = ?3)
  AND (?4 IS NULL OR topic = ?4)
  AND (?5 IS NULL OR order_id = ?5)
ORDER BY last_seen DESC, id DESC
LIMIT ?6 OFFSET ?7
