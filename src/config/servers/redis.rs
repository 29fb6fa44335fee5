//! Redis.

use std::time::Duration;

use super::{Secret, Setting, Sources, escape, host, server_port, server_url, setting};
use crate::config::{
    form::{plain, seconds, whole},
    sources::password,
};

pub(super) const URL: Setting = setting("redis.url", "REDIS_URL", "Redis as one URL; goes before its parts");

/// Where Redis is, and how it is used.
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// `REDIS_URL`, or made of `REDIS_*`.
    pub url: Option<Secret>,
    /// What every key begins with.
    pub prefix: String,
    /// Connections at most.
    pub pool: u32,
    /// An answer that takes longer is none.
    pub timeout: Duration,
}

impl RedisConfig {
    pub(super) fn read(from: &mut Sources) -> Self {
        let url = server_url(from, URL, &["redis", "rediss"]);
        let host = from.find(setting("redis.host", "REDIS_HOST", "Redis's host"), host());
        let port = from.get(setting("redis.port", "REDIS_PORT", "Redis's port"), server_port(), 6379);
        let secret =
            from.secret(setting("redis.password", "REDIS_PASSWORD", "Redis's password"), &password());
        let prefix = setting(
            "redis.prefix",
            "TROPA_REDIS_PREFIX",
            "what every key in Redis begins with: two Tropas on one Redis need two",
        );
        let pool = setting(
            "redis.pool",
            "TROPA_REDIS_POOL",
            "connections to Redis, used in turn; each carries many calls at once",
        );
        let timeout = setting(
            "redis.timeout_seconds",
            "TROPA_REDIS_TIMEOUT_SECONDS",
            "Redis must answer within this time; what needs it goes on without",
        );
        let login = secret.map_or_else(String::new, |secret| format!(":{}@", escape(secret.expose())));
        let parts = host.map(|host| format!("redis://{login}{host}:{port}"));
        Self {
            url: url.or_else(|| parts.map(Secret::new)),
            // Braces would choose a slot in a cluster, and stars match in patterns.
            prefix: from.get(prefix, plain(64), "tropa".to_owned()),
            pool: from.get(pool, whole(1..=100), 2),
            // With 250 ms a machine that was busy to the last core took a Redis that was well for away, and some of 40,000
            // orders at once had no driver for minutes. Once it is known to be away nobody waits at all.
            timeout: from.get(timeout, seconds(0.01..=10.0), Duration::from_secs(1)),
        }
    }
}
