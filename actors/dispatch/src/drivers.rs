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
mod handback;
mod hearing;
mod message;
mod positions;
mod restore;
mod roster;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tokio::sync::{Mutex, Notify};
use tropa_supervision::{Context, Ref, Schedule};

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
    shelf: Rc<Shelf>,
}

/// What the registry's loops and answers share.
struct Shelf {
    ports: DriverPorts,
    settings: Arc<Settings>,
    /// Held by whoever changes store and index together: a restoration, a put, a removal.
    writing: Mutex<()>,
    /// Whether the index knows what the store knows.
    restored: Cell<bool>,
    /// Whether it is being told, or will be once somebody answers.
    restoring: Cell<bool>,
    /// The index was found to have lost what it knew.
    lost: Notify,
    /// Positions that the store has not, at most one a driver.
    unsaved: RefCell<HashMap<DriverId, Position>>,
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
        let shelf = Shelf {
            ports,
            settings,
            writing: Mutex::default(),
            restored: Cell::new(false),
            restoring: Cell::new(true),
            lost: Notify::new(),
            unsaved: RefCell::default(),
        };
        Self { shelf: Rc::new(shelf) }
    }
}

impl Actor for DriverRegistry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        let [restoring, saving, examples] = [(); 3].map(|()| self.shelf.clone());
        ctx.task("restore", |pulse| async move { restoring.keep_restored(pulse).await });
        let every = |interval| Schedule::every(interval).first_after(interval);
        ctx.every("save", every(SAVE_EVERY), async move |pulse| saving.save_positions(pulse).await);
        if self.shelf.settings.example_drivers {
            let schedule = every(examples::KEPT_ALIVE_EVERY);
            ctx.every("examples", schedule, async move |_| examples.keep_examples_alive().await);
        }
    }
}
