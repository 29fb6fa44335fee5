-- What a look at the server tells. Whether a session starts with our options is asked of one that nobody sets by default.
SELECT current_setting('server_version'),
       coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
       current_setting('enable_nestloop') = 'off',
       clock_timestamp()
