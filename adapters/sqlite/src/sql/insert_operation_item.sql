INSERT INTO operation_items (operation, n, target, version) VALUES (?1, ?2, ?3, ?4)
