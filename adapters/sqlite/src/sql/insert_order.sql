-- A conflict is on the id or on the order number: the caller looks which. `OR IGNORE` would also swallow a CHECK.
INSERT INTO orders (id, order_number, customer_id, fingerprint, currency, price, tax, details,
                    status, version, created_at, updated_at)
VALUES (?1, ?2, ?3, unhex(?4), ?5, ?6, ?7, ?8, 'PENDING', 1, ?9, ?10)
ON CONFLICT DO NOTHING
