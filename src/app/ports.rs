//! The adapters behind the ports, by mode.

use prometheus::Registry;
use tropa_dispatch::tree::Ports;

use super::distributed::{self, Distributed};
use super::standalone::{self, Standalone};
use crate::config::{Config, Mode};
use crate::telemetry::PoolSight;

/// What was opened, and must be closed.
pub struct Adapters {
    pub ports: Ports,
    opened: Opened,
}

enum Opened {
    Standalone(Standalone),
    Distributed(Distributed),
}

impl Adapters {
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        Ok(match config.instance.mode {
            Mode::Standalone => {
                let (ports, opened) = standalone::open(config)?;
                Self { ports, opened: Opened::Standalone(opened) }
            }
            Mode::Distributed => {
                let (ports, opened) = distributed::open(config)?;
                Self { ports, opened: Opened::Distributed(opened) }
            }
        })
    }

    /// How the database's connections stand, now and whenever it is asked.
    pub fn pools(&self) -> Box<dyn Fn() -> Vec<PoolSight> + Send + Sync> {
        match &self.opened {
            Opened::Standalone(opened) => Box::new(opened.pools()),
            Opened::Distributed(opened) => Box::new(opened.pools()),
        }
    }

    /// Registers what the adapters tell of themselves. Fails when a name is taken: call it once per registry.
    pub fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        match &self.opened {
            Opened::Standalone(opened) => opened.register(registry),
            Opened::Distributed(_) => Ok(()),
        }
    }

    /// Done when the process cannot go on, and must be started again. Servers that are away come back.
    pub async fn failed(&self) {
        match &self.opened {
            Opened::Standalone(opened) => opened.failed().await,
            Opened::Distributed(_) => std::future::pending().await,
        }
    }

    pub async fn close(self) {
        match self.opened {
            Opened::Standalone(opened) => opened.close().await,
            Opened::Distributed(opened) => opened.close().await,
        }
    }
}
