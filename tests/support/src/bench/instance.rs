//! Instances of the real binary on one set of servers.

use super::server::Server;
use super::servers::Servers;

/// Starts an instance with these roles; the first one migrates.
pub fn start(servers: &Servers, name: &str, roles: &str, more: &[(&str, &str)]) -> anyhow::Result<Server> {
    let mut environment = vec![
        ("TROPA_MODE", "distributed"),
        ("TROPA_INSTANCE", name),
        ("TROPA_ROLES", roles),
        ("DATABASE_URL", servers.database()?),
        ("AMQP_URL", servers.broker()?),
        ("REDIS_URL", servers.redis()?),
    ];
    environment.extend_from_slice(more);
    Server::start(&environment)
}
