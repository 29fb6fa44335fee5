UPDATE order_counts SET orders = orders + ?2 WHERE status = ?1
