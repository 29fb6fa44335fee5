SELECT fingerprint = unhex(?2) FROM orders WHERE id = ?1
