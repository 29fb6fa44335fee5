//! How the index comes to know what the store knows: at the start, and whenever it has lost what it knew.

use std::time::Duration;

use actix::prelude::*;
use tropa_supervision::{Backoff, Context};

use super::{DriverError, DriverPorts, DriverRegistry, examples};
use crate::claims;
use crate::domain::{Driver, DriverId};
use crate::port::{DriverIndex, IndexError};

/// Rows read at once.
const PAGE: u32 = 1_000;

/// How often the index is asked whether it still knows what was put into it.
pub(super) const CHECKED_EVERY: Duration = Duration::from_secs(1);

/// How long a store or an index that does not answer is left alone.
const PATIENCE: Backoff = Backoff {
    initial: Duration::from_millis(50),
    max: Duration::from_secs(5),
    reset_after: Duration::from_mins(1),
};

impl DriverRegistry {
    pub(super) fn restore(&mut self, failures: u32, ctx: &mut Context<Self>) {
        (self.restored, self.restoring) = (false, true);
        let (ports, writing) = (self.ports.clone(), self.writing.clone());
        let seed = self.settings.example_drivers;
        let restoration = async move {
            let _turn = writing.lock().await;
            restore(&ports, seed).await
        };
        ctx.spawn(restoration.into_actor(self).map(move |outcome, registry, ctx| match outcome {
            Ok(drivers) => {
                tracing::info!(drivers, "drivers restored");
                (registry.restored, registry.restoring) = (true, false);
                ctx.note(None);
                registry.keep_examples_alive(ctx);
                // Who waits is written nowhere else: they say so again.
                registry.ports.index.handovers().forgot();
            }
            Err(error) => {
                if failures == 0 {
                    tracing::warn!(%error, "drivers not restored, trying on");
                }
                ctx.note(format!("drivers not restored: {error}"));
                ctx.run_later(PATIENCE.delay(failures), move |registry, ctx| {
                    registry.restore(failures.saturating_add(1), ctx);
                });
            }
        }));
    }

    /// Notices an index that was emptied.
    pub(super) fn check_index(&mut self, ctx: &mut Context<Self>) {
        if self.restoring {
            return;
        }
        let index = self.ports.index.clone();
        let look = async move { lost(&*index).await };
        ctx.spawn(look.into_actor(self).map(|lost, registry, ctx| {
            // An index that does not answer has lost nothing yet.
            if lost == Ok(true) {
                registry.restore_lost(ctx);
            }
        }));
    }

    /// The index says that it does not know everything (any more).
    pub(super) fn restore_lost(&mut self, ctx: &mut Context<Self>) {
        if !self.restoring {
            tracing::warn!("the driver index was emptied, restoring it");
            self.restore(0, ctx);
        }
    }

    /// What to say of a driver whom the index does not know. `lost`: what the index said of itself then.
    pub(super) fn unknown(&mut self, driver: DriverId, lost: bool, ctx: &mut Context<Self>) -> DriverError {
        if lost {
            self.restore_lost(ctx);
        }
        if self.restored { DriverError::Unknown(driver) } else { DriverError::Restoring }
    }
}

/// Whether the index does not know all that the store knows.
pub(super) async fn lost(index: &dyn DriverIndex) -> Result<bool, IndexError> {
    Ok(!index.filling().await?.complete)
}

/// Returns how many drivers there are. Several instances may do this at once: each step leaves what is right as it is.
async fn restore(ports: &DriverPorts, seed: bool) -> Result<u64, DriverError> {
    let filling = ports.index.filling().await?;
    assignments(ports).await?;
    let known = match drivers(ports).await? {
        0 if seed => examples::seed(ports).await?,
        known => known,
    };
    if !ports.index.complete(&filling).await? {
        return Err(IndexError("emptied while it was being filled".to_owned()).into());
    }
    Ok(known)
}

async fn assignments(ports: &DriverPorts) -> Result<(), DriverError> {
    let mut after = None;
    loop {
        let page = ports.orders.assignments(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.driver_id.clone());
        claims::confirm(&*ports.index, &*ports.orders, page).await?;
    }
}

async fn drivers(ports: &DriverPorts) -> Result<u64, DriverError> {
    let (mut after, mut known) = (None, 0);
    loop {
        let page = ports.drivers.load(after.clone(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(known) };
        let last = last.id.clone();
        known += page.len() as u64;
        fill(ports, after.replace(last), page).await?;
    }
}

/// Puts a page into the index. Another instance may store and index a driver between our reading and our putting, and we
/// would put back what it has changed; so the page is read until it stands still.
async fn fill(ports: &DriverPorts, after: Option<DriverId>, page: Vec<Driver>) -> Result<(), DriverError> {
    let Some(last) = page.last().map(|driver| driver.id.clone()) else { return Ok(()) };
    let (mut before, mut changed) = (page.clone(), page);
    while !changed.is_empty() {
        ports.index.put(changed).await?;
        let mut again = ports.drivers.load(after.clone(), PAGE).await?;
        again.retain(|driver| driver.id <= last);
        let gone = before.iter().filter(|known| !again.iter().any(|driver| driver.id == known.id));
        for removed in gone {
            ports.index.remove(&removed.id).await?;
        }
        let stands = |driver: &Driver| before.iter().any(|known| same(known, driver));
        changed = again.iter().filter(|driver| !stands(driver)).cloned().collect();
        before = again;
    }
    Ok(())
}

/// Positions move all the time; the newest wins by itself.
fn same(one: &Driver, other: &Driver) -> bool {
    one.id == other.id && one.name == other.name && one.status == other.status
}
