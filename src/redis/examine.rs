//! A look at Redis, for whoever wants to know whether it can be used.

use std::time::Duration;

use ::redis::{FromRedisValue, cmd};

use super::{Connections, Options};

/// Patient: nobody waits for it but a person.
const LOOK: Duration = Duration::from_secs(5);

/// What was seen.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The server's.
    pub version: String,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// What it drops when its memory is full: `noeviction` is nothing.
    pub policy: String,
}

/// Connects once and looks. The error is for people.
pub async fn examine(options: Options) -> Result<Examined, String> {
    let encrypted = options.url.starts_with("rediss:");
    let options = Options { pool: 1, timeout: LOOK, ..options };
    let connections = Connections::open(options).map_err(|error| error.to_string())?;
    let told = connections.ask(&cmd("INFO")).await.map_err(|error| error.to_string())?;
    let told = String::from_redis_value(told).map_err(|error| error.to_string())?;
    let value = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or("unknown").trim().to_owned()
    };
    Ok(Examined { version: value("redis_version"), encrypted, policy: value("maxmemory_policy") })
}
