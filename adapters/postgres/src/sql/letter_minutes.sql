-- What is parked and was seen last in these minutes, by kind and minute before now. Of a flood the newest are counted.
SELECT fingerprint, floor(extract(epoch FROM $2 - last_seen) / 60)::bigint, count(*)
FROM (SELECT fingerprint, last_seen FROM dead_letters
      WHERE state = 'parked' AND last_seen > $1 AND last_seen <= 'infinity'
      ORDER BY last_seen DESC
      LIMIT 100000) newest
GROUP BY 1, 2
