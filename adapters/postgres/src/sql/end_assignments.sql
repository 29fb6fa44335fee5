UPDATE assignments SET active = FALSE, ended_at = now() WHERE order_seq = ANY ($1::bigint[]) AND ended_at IS NULL
