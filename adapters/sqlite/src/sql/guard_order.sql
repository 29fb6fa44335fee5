SELECT seq, version, status FROM orders WHERE id = ?1
