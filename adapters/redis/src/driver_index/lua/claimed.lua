-- How many drivers are held.
return redis.call('HLEN', ORDERS)
