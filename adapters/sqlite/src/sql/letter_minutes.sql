-- What is parked and was seen last since then, by kind and minute before now. Of a flood the newest are counted.
SELECT fingerprint, (?2 - last_seen) / 60000000, count(*)
FROM (SELECT fingerprint, last_seen FROM dead_letters INDEXED BY dead_letters_by_state
      WHERE state = 'parked' AND last_seen > ?1
      ORDER BY last_seen DESC
      LIMIT 100000)
GROUP BY 1, 2
