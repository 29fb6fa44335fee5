//! How the index comes to know what the store knows: at the start, and whenever it has lost what it knew.

use std::time::Duration;

use tropa_supervision::{Backoff, Pulse, Step};

use super::{DriverError, DriverPorts, Shelf, examples};
use crate::claims;
use crate::domain::{Driver, DriverId};
use crate::port::{DriverIndex, IndexError};

const RESTORING: Step = Step::new("restoring");
const PAUSE: Step = Step::idle("waiting for its next look");
const CHECKING: Step = Step::new("looking at the index");

/// Rows read at once.
const PAGE: u32 = 1_000;

/// How often the index is asked whether it still knows what was put into it.
const CHECKED_EVERY: Duration = Duration::from_secs(1);

/// How long a store or an index that does not answer is left alone.
const PATIENCE: Backoff = Backoff::between(Duration::from_millis(50), Duration::from_secs(5));

impl Shelf {
    /// Restores the index at the start, and whenever it has lost what it knew.
    pub(super) async fn keep_restored(&self, pulse: Pulse) {
        let keeping = async {
            loop {
                self.restore(&pulse).await;
                pulse.round();
                self.until_lost(&pulse).await;
            }
        };
        pulse.until_stopped(keeping).await;
    }

    async fn restore(&self, pulse: &Pulse) {
        let mut failures = 0;
        while let Err(error) = self.try_to_restore(pulse).await {
            if failures == 0 {
                tracing::warn!(%error, "drivers not restored, trying on");
            }
            pulse.note(format!("drivers not restored: {error}"));
            tokio::time::sleep(PATIENCE.delay(failures)).await;
            failures = failures.saturating_add(1);
        }
        self.restored.set(true);
        self.restoring.set(false);
        pulse.note(None);
        self.keep_examples_alive().await;
        // Who waits is written nowhere else: they say so again.
        self.ports.index.handovers().forgot();
    }

    async fn try_to_restore(&self, pulse: &Pulse) -> Result<(), DriverError> {
        pulse.at(RESTORING);
        let _turn = self.writing.lock().await;
        let drivers = restore(&self.ports, self.settings.example_drivers, pulse).await?;
        tracing::info!(drivers, "drivers restored");
        Ok(())
    }

    /// Asks the index now and then; one that does not answer has lost nothing yet.
    async fn until_lost(&self, pulse: &Pulse) {
        while !self.restoring.get() {
            pulse.at(PAUSE);
            let told = tokio::time::timeout(CHECKED_EVERY, self.lost.notified()).await;
            pulse.at(CHECKING);
            if told.is_err() && lost(&*self.ports.index).await == Ok(true) {
                self.restore_lost();
            }
        }
    }

    /// The index says that it does not know everything (any more).
    pub(super) fn restore_lost(&self) {
        if !self.restoring.replace(true) {
            tracing::warn!("the driver index was emptied, restoring it");
            self.restored.set(false);
            self.lost.notify_one();
        }
    }

    /// What to say of a driver whom the index does not know. `lost`: what the index said of itself then.
    pub(super) fn unknown(&self, driver: DriverId, lost: bool) -> DriverError {
        if lost {
            self.restore_lost();
        }
        if self.restored.get() { DriverError::Unknown(driver) } else { DriverError::Restoring }
    }
}

/// Whether the index does not know all that the store knows.
pub(super) async fn lost(index: &dyn DriverIndex) -> Result<bool, IndexError> {
    Ok(!index.filling().await?.complete)
}

/// Returns how many drivers there are. Several instances may do this at once: each step leaves what is right as it is.
async fn restore(ports: &DriverPorts, seed: bool, pulse: &Pulse) -> Result<u64, DriverError> {
    let filling = ports.index.filling().await?;
    assignments(ports, pulse).await?;
    let known = match drivers(ports, pulse).await? {
        0 if seed => examples::seed(ports).await?,
        known => known,
    };
    if !ports.index.complete(&filling).await? {
        return Err(IndexError("emptied while it was being filled".to_owned()).into());
    }
    Ok(known)
}

async fn assignments(ports: &DriverPorts, pulse: &Pulse) -> Result<(), DriverError> {
    let mut after = None;
    loop {
        pulse.at(RESTORING);
        let page = ports.orders.assignments(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.driver_id.clone());
        claims::confirm(&*ports.index, &*ports.orders, page).await?;
    }
}

async fn drivers(ports: &DriverPorts, pulse: &Pulse) -> Result<u64, DriverError> {
    let (mut after, mut known) = (None, 0);
    loop {
        pulse.at(RESTORING);
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
