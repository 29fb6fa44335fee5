-- An order waits no longer. ARGV: the order.
withdraw(ARGV[1])
