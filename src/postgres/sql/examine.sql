-- What a look at the server tells.
SELECT current_setting('server_version'),
       coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
       pg_is_in_recovery(),
       clock_timestamp()
