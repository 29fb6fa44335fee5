-- One statement, so that what comes in between is seen in both or in neither. Last, without a state, how many were accepted.
SELECT status, orders FROM order_counts
UNION ALL
SELECT NULL, orders FROM acceptances WHERE id = 1
