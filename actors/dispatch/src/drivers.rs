//! The `DriverRegistry` actor: who drives, where they are, and which order holds them.
//!
//! Owns the driver index, the drivers' table behind it, and the way from one to the other. Receives what the HTTP and
//! gRPC edges are told about drivers.
//!
//! At its start, and whenever the index turns out to have lost what it knew, it restores the index from the store:
//! assignments first, so that no driver who has an order is ever seen free, then the drivers. While the store does not
//! answer it tries again, says so, and lives on with what it has. A restart restores again, which changes nothing that is
//! right already. What it loses by dying is a second's positions
//! that were on their way to the store; the road reports again.

mod examples;
mod fleet;
mod hearing;
mod message;
mod positions;
mod restore;
mod roster;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tokio::sync::Mutex;
use tropa_supervision::{Context, Ref};

pub use message::{
    DriverError, DriverPut, GetDriver, ListDrivers, PositionsReported, PutDriver, ReleaseDriver,
    RemoveDriver, ReportPositions, SearchDriver,
};

use crate::domain::{DriverId, Position};
use crate::kit::{EDGE, Kit, mailbox};
use crate::metrics::Metrics;
use crate::port::{Clock, DriverIndex, DriverStore, OrderStore};
use crate::settings::Settings;

/// How often positions go to the store.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// What the registry needs from the outside.
#[derive(Clone)]
pub struct DriverPorts {
    /// Drivers by place.
    pub index: Arc<dyn DriverIndex>,
    /// Drivers, durably.
    pub drivers: Arc<dyn DriverStore>,
    /// For the assignments, and for what is said of an order by a dispatch side over gRPC.
    pub orders: Arc<dyn OrderStore>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// Who drives, where they are, and which order holds them.
pub struct DriverRegistry {
    ports: DriverPorts,
    settings: Arc<Settings>,
    /// Held by whoever changes store and index together: a restoration, a put, a removal.
    writing: Arc<Mutex<()>>,
    /// Whether the index knows what the store knows.
    restored: bool,
    /// Whether it is being told, or will be once somebody answers.
    restoring: bool,
    /// Positions that the store has not, at most one a driver.
    unsaved: HashMap<DriverId, Position>,
    saving: bool,
}

impl DriverRegistry {
    pub(crate) fn place(kit: &Kit) -> Ref<Self> {
        kit.place("drivers", mailbox(1_024).arbiter(EDGE), |kit| {
            let ports = DriverPorts {
                index: kit.ports.index.clone(),
                drivers: kit.ports.drivers.clone(),
                orders: kit.ports.orders.clone(),
                clock: kit.ports.clock.clone(),
                metrics: kit.metrics.clone(),
            };
            Self::new(ports, kit.settings.clone())
        })
    }

    /// A registry over these ports.
    pub fn new(ports: DriverPorts, settings: Arc<Settings>) -> Self {
        Self {
            ports,
            settings,
            writing: Arc::default(),
            restored: false,
            restoring: false,
            unsaved: HashMap::new(),
            saving: false,
        }
    }
}

impl Actor for DriverRegistry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        self.restore(0, ctx);
        ctx.run_interval(restore::CHECKED_EVERY, Self::check_index);
        ctx.run_interval(SAVE_EVERY, Self::save_positions);
        if self.settings.example_drivers {
            ctx.run_interval(examples::KEPT_ALIVE_EVERY, Self::keep_examples_alive);
        }
    }
}
