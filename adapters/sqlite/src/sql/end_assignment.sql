UPDATE assignments SET active = 0, ended_at = ?2 WHERE order_seq = ?1 AND active = 1
