SELECT coalesce(sum(parked), 0) FROM letter_counts
