//! Who this process is, from the configuration.

use tropa_dispatch::domain::Identity;

use crate::config::{Config, Mode};

/// This process, just started.
pub fn identity(config: &Config) -> Identity {
    let mode = match config.instance.mode {
        Mode::Standalone => "standalone",
        Mode::Distributed => "distributed",
    };
    Identity { mode: mode.to_owned(), ..Identity::new(&config.instance.name) }
}
