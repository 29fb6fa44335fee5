//! `TROPA_*` variables that are no settings of a server, and belong to somebody all the same.

/// Of the command line.
const COMMANDS: [&str; 4] = ["TROPA_CONFIG", "TROPA_URL", "TROPA_OUTPUT", "TROPA_TIMEOUT_SECONDS"];

/// Of the scripts, the compose file, the tests.
const SCRIPTS: [&str; 23] = [
    "TROPA_BINARY",
    "TROPA_CHAOS_ALL",
    "TROPA_CHAOS_ROUNDS",
    "TROPA_CHAOS_SEED",
    "TROPA_FIRST_PORT",
    "TROPA_GRAFANA_PASSWORD",
    "TROPA_OLDER_BINARY",
    "TROPA_POSTGRES_CONF",
    "TROPA_POSTGRES_PASSWORD",
    "TROPA_POSTGRES_PORT",
    "TROPA_RABBITMQ_ADMIN_PORT",
    "TROPA_RABBITMQ_CONF",
    "TROPA_RABBITMQ_PASSWORD",
    "TROPA_RABBITMQ_PORT",
    "TROPA_REDIS_CONF",
    "TROPA_REDIS_PORT",
    "TROPA_RUN_DIR",
    "TROPA_STACK",
    "TROPA_TEST_MODES",
    "TROPA_TEST_SERVERS",
    "TROPA_TEST_SHOTS",
    "TROPA_TEST_SOAK_SECONDS",
    "TROPA_TEST_VOLUME",
];

/// Whether somebody else reads it.
pub(super) fn reads(name: &str) -> bool {
    COMMANDS.contains(&name) || SCRIPTS.contains(&name)
}
