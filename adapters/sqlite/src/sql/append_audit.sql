INSERT INTO audit (at, instance, subject, role, action, target, reason, outcome, detail, trace_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
