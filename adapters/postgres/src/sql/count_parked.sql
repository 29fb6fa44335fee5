SELECT coalesce(sum(parked), 0)::bigint FROM letter_counts
