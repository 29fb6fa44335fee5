-- What is parked, by kind. How many is counted as they come and go; the newest and the first of each kind is a look into an index.
SELECT kind.fingerprint, newest.error, newest.topic, kind.letters, first.first_seen, newest.last_seen
FROM (
    SELECT fingerprint, sum(parked)::bigint AS letters
    FROM letter_counts
    GROUP BY fingerprint
    HAVING sum(parked) > 0) kind
CROSS JOIN LATERAL (
    SELECT letter.error, letter.topic, letter.last_seen
    FROM dead_letters letter
    -- Not `=`: an order that names the kind is had of an index by kind alone. By one of all that is parked the planner would walk
    -- past everything newer to the newest of a rare kind.
    WHERE letter.state = 'parked' AND letter.fingerprint >= kind.fingerprint AND letter.fingerprint <= kind.fingerprint
    ORDER BY letter.fingerprint DESC, letter.last_seen DESC, letter.id DESC
    LIMIT 1) newest
CROSS JOIN LATERAL (
    SELECT letter.first_seen
    FROM dead_letters letter
    WHERE letter.state = 'parked' AND letter.fingerprint = kind.fingerprint
    ORDER BY letter.first_seen
    LIMIT 1) first
ORDER BY kind.letters DESC, newest.last_seen DESC
