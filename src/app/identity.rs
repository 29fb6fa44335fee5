//! Who this process is, from the configuration.

use tropa_dispatch::domain::Identity;

use crate::config::Config;

/// This process, just started.
pub fn identity(config: &Config) -> Identity {
    let instance = &config.instance;
    Identity {
        mode: instance.mode.name().to_owned(),
        roles: instance.roles.iter().map(|role| role.name().to_owned()).collect(),
        ..Identity::new(&instance.name)
    }
}
