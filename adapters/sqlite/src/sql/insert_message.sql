INSERT INTO outbox (event_id, topic, order_seq, version, payload, trace, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
