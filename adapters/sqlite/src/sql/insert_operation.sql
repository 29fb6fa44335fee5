INSERT INTO operations (id, kind, state, matched, subject, reason, trace, created_at)
VALUES (?1, ?2, 'frozen', ?3, ?4, ?5, ?6, ?7)
