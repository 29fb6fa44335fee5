-- What a look at the server tells.
SELECT current_setting('server_version'),
       coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
       current_setting('idle_in_transaction_session_timeout') <> '0',
       clock_timestamp()
