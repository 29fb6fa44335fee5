SELECT status, orders FROM order_counts
