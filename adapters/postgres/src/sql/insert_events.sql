INSERT INTO order_events (order_seq, version, event_id, kind, data, at, cause, attempt, trace)
SELECT seq, version, event_id, kind, data::json, at, cause, attempt, trace
FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::text[],
            $8::bigint[], $9::text[])
    AS e (seq, version, event_id, kind, data, at, cause, attempt, trace)
