//! Who this process is, from the configuration.

use std::net::SocketAddr;

use time::OffsetDateTime;
use tropa_dispatch::domain::Identity;

use crate::config::Config;

/// This process, started at this moment by the clock that all go by: of one name the latest counts.
pub fn identity(config: &Config, started_at: OffsetDateTime) -> Identity {
    let instance = &config.instance;
    Identity {
        mode: instance.mode.name().to_owned(),
        roles: instance.roles.iter().map(|role| role.to_string()).collect(),
        started_at,
        ..Identity::new(&instance.name)
    }
}

/// Where the API that listens there is reached: as told, by that address, or, when it listens on all of them, by the
/// machine's name.
pub fn advertised(config: &Config, api: SocketAddr) -> String {
    match &config.instance.advertise {
        Some(url) => url.clone(),
        None if api.ip().is_unspecified() => format!("http://{}:{}", config.instance.host, api.port()),
        None => format!("http://{api}"),
    }
}
