SELECT g.fingerprint, newest.error, newest.topic, g.letters, g.first_seen, g.last_seen
FROM (
    SELECT fingerprint, count(*) AS letters, min(first_seen) AS first_seen, max(last_seen) AS last_seen
    FROM dead_letters
    WHERE state = 'parked'
    GROUP BY fingerprint) g
JOIN dead_letters newest ON newest.id = (
    SELECT id FROM dead_letters
    WHERE state = 'parked' AND fingerprint = g.fingerprint
    ORDER BY last_seen DESC, id DESC
    LIMIT 1)
ORDER BY g.letters DESC, g.last_seen DESC
