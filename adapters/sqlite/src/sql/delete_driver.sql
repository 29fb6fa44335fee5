DELETE FROM drivers WHERE id = ?1
