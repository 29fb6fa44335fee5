//! How the index comes to know what the store knows.

use std::time::Duration;

use actix::prelude::*;
use tropa_supervision::{Backoff, Context};

use super::{DriverError, DriverPorts, DriverRegistry, examples};
use crate::port::Assignment;

/// Rows read at once.
const PAGE: u32 = 1_000;

/// How long a store that does not answer is left alone.
const PATIENCE: Backoff = Backoff {
    initial: Duration::from_millis(50),
    max: Duration::from_secs(5),
    reset_after: Duration::from_mins(1),
};

impl DriverRegistry {
    pub(super) fn restore(&mut self, failures: u32, ctx: &mut Context<Self>) {
        let (ports, writing) = (self.ports.clone(), self.writing.clone());
        let seed = self.settings.example_drivers;
        let restoration = async move {
            let _turn = writing.lock().await;
            restore(&ports, seed).await
        };
        ctx.spawn(restoration.into_actor(self).map(move |outcome, registry, ctx| match outcome {
            Ok(drivers) => {
                tracing::info!(drivers, "drivers restored");
                registry.restored = true;
                ctx.note(None);
                registry.keep_examples_alive(ctx);
                registry.driver_available.notify_one();
            }
            Err(error) => {
                tracing::warn!(%error, failures, "drivers not restored, trying again");
                ctx.note(format!("drivers not restored: {error}"));
                ctx.run_later(PATIENCE.delay(failures), move |registry, ctx| {
                    registry.restore(failures.saturating_add(1), ctx);
                });
            }
        }));
    }
}

/// Returns how many drivers there are.
async fn restore(ports: &DriverPorts, seed: bool) -> Result<u64, DriverError> {
    assignments(ports).await?;
    match drivers(ports).await? {
        0 if seed => examples::seed(ports).await,
        known => Ok(known),
    }
}

async fn assignments(ports: &DriverPorts) -> Result<(), DriverError> {
    let mut after = None;
    loop {
        let page = ports.orders.assignments(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.driver_id.clone());
        ports.index.confirm(page.clone()).await?;
        undo_what_ended(ports, page).await?;
    }
}

/// An order may have ended between the page that was read and its confirmation, and its driver been released before
/// there was anything to release: nobody would release them again.
async fn undo_what_ended(ports: &DriverPorts, page: Vec<Assignment>) -> Result<(), DriverError> {
    let still = ports.orders.assigned(page.clone()).await?;
    for (ended, _) in page.iter().zip(still).filter(|(_, active)| !active) {
        ports.index.release(ended).await?;
    }
    Ok(())
}

async fn drivers(ports: &DriverPorts) -> Result<u64, DriverError> {
    let (mut after, mut known) = (None, 0);
    loop {
        let page = ports.drivers.load(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(known) };
        (after, known) = (Some(last.id.clone()), known + page.len() as u64);
        ports.index.put(page).await?;
    }
}
