UPDATE operation_items SET outcome = ?3 WHERE operation = ?1 AND n = ?2 AND outcome IS NULL
