SELECT kind.fingerprint, newest.error, newest.topic, kind.letters, kind.first_seen, kind.last_seen
FROM (
    SELECT fingerprint, count(*) AS letters, min(first_seen) AS first_seen, max(last_seen) AS last_seen
    FROM dead_letters
    WHERE state = 'parked'
    GROUP BY fingerprint) kind
CROSS JOIN LATERAL (
    SELECT letter.error, letter.topic
    FROM dead_letters letter
    WHERE letter.state = 'parked' AND letter.fingerprint = kind.fingerprint
    ORDER BY letter.last_seen DESC, letter.id DESC
    LIMIT 1) newest
ORDER BY kind.letters DESC, kind.last_seen DESC
