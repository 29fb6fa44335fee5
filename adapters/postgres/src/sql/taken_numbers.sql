SELECT order_number FROM orders WHERE order_number = ANY ($1::text[])
