INSERT INTO order_events (order_seq, version, event_id, kind, data, at, cause, attempt, trace)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
