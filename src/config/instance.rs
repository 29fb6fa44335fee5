//! Who this process is.

use super::{
    form::{text, word},
    sources::{Setting, Sources, setting},
};

pub(super) const ENVIRONMENT: Setting = setting(
    "env",
    "TROPA_ENV",
    "development reads `.env` and creates two example drivers; production does neither",
);
const MODE: Setting =
    setting("mode", "TROPA_MODE", "standalone: one process and a data folder, nothing else");
const NAME: Setting =
    setting("instance", "TROPA_INSTANCE", "name of this process in the console and in traces");

/// What surrounds a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Somebody's machine.
    Development,
    /// Where real orders come in.
    Production,
}

/// One process that holds everything, or many that share servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `SQLite`, everything in one process.
    Standalone,
    /// PostgreSQL, RabbitMQ, Redis. Refused in this version.
    Distributed,
}

/// Who this process is.
#[derive(Clone, Debug)]
pub struct InstanceConfig {
    /// Development or production.
    pub environment: Environment,
    /// Standalone; anything else was refused.
    pub mode: Mode,
    /// Its name.
    pub name: String,
}

impl InstanceConfig {
    pub(super) fn read(from: &mut Sources) -> Self {
        let environments =
            word(&[("development", Environment::Development), ("production", Environment::Production)]);
        let environment = from.get(ENVIRONMENT, environments, Environment::Development);
        let modes = word(&[("standalone", Mode::Standalone), ("distributed", Mode::Distributed)]);
        let mode = from.get(MODE, modes, Mode::Standalone);
        if mode == Mode::Distributed {
            from.refuse(
                MODE,
                "distributed mode is not part of this version; leave it out, or say standalone",
            );
        }
        Self { environment, mode, name: from.get(NAME, text(1..=64), "tropa".to_owned()) }
    }
}
