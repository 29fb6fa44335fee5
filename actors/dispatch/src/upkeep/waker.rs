//! The `Waker` actor: orders that wait get another try when what they wait for is there.
//!
//! Owns nothing. Told that a driver can be given orders (again), or that the breaker around the fleet service closed, it
//! makes waiting rows of the outbox due: a relay takes them, here or in another process. Every process has one, because a
//! driver is seen free where somebody tells of it, and a breaker closes where it was open. Several of them wake the same
//! rows at worst, which changes nothing. A wake-up that is lost with it costs patience: every row becomes due by itself.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tokio::sync::{Notify, watch};
use tropa_supervision::Context;

use crate::domain::WaitReason;
use crate::port::Outbox;

/// Orders that get another try when a driver comes free: the oldest, and a few more in case they are out of its reach.
const FOR_DRIVER: u32 = 16;

/// Orders that get another try when the fleet service is back, per round.
const FOR_FLEET: u32 = 1_000;

/// Drivers that come free within this time wake waiting orders once.
const PAUSE: Duration = Duration::from_millis(20);

/// Wakes orders that wait.
pub struct Waker {
    outbox: Arc<dyn Outbox>,
    driver_available: Arc<Notify>,
    fleet_back: watch::Receiver<u64>,
}

impl Waker {
    /// A waker of the orders in `outbox`. `fleet_back` changes whenever the breaker closes.
    pub fn new(
        outbox: Arc<dyn Outbox>,
        driver_available: Arc<Notify>,
        fleet_back: watch::Receiver<u64>,
    ) -> Self {
        Self { outbox, driver_available, fleet_back }
    }
}

impl Actor for Waker {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let (drivers, driver_available) = (self.outbox.clone(), self.driver_available.clone());
        let for_drivers = async move {
            loop {
                driver_available.notified().await;
                tokio::time::sleep(PAUSE).await;
                hasten(&*drivers, WaitReason::Driver, FOR_DRIVER).await;
            }
        };
        let (fleet, mut back) = (self.outbox.clone(), self.fleet_back.clone());
        let for_fleet = async move {
            while back.changed().await.is_ok() {
                while hasten(&*fleet, WaitReason::Fleet, FOR_FLEET).await {}
            }
            // The breaker is gone for good; drivers still come free.
            pending::<()>().await;
        };
        ctx.spawn(for_drivers.into_actor(self));
        ctx.spawn(for_fleet.into_actor(self));
    }
}

/// Makes waiting rows due. True when there may be more.
async fn hasten(outbox: &dyn Outbox, reason: WaitReason, limit: u32) -> bool {
    match outbox.hasten(reason, limit).await {
        Ok(rows) => rows == u64::from(limit),
        Err(error) => {
            tracing::debug!(%error, "cannot hasten outbox rows");
            false
        }
    }
}
