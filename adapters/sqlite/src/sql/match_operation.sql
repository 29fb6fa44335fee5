UPDATE operations SET matched = ?2 WHERE id = ?1
