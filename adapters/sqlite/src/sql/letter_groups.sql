-- What is parked, by kind. How many is counted as they come and go; the newest and the first of each kind is a look into an index.
SELECT kind.fingerprint, newest.error, newest.topic, kind.parked,
       (SELECT min(first_seen) FROM dead_letters WHERE state = 'parked' AND fingerprint = kind.fingerprint),
       newest.last_seen
FROM letter_counts kind
JOIN dead_letters newest ON newest.id = (
    SELECT id FROM dead_letters
    WHERE state = 'parked' AND fingerprint = kind.fingerprint
    ORDER BY last_seen DESC, id DESC
    LIMIT 1)
ORDER BY kind.parked DESC, newest.last_seen DESC
