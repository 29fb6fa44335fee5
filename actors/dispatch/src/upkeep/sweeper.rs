//! The `ClaimSweeper` actor: keeps the fleet's claims and the store's assignments in step.
//!
//! The assignment row is the truth. A claim whose lease ran out is looked up: with an active assignment it is confirmed,
//! without one the driver is freed. Now and then it goes the other way too, and makes the claims of
//! assignments that the index has lost. When it dies, the next one goes on.
//!
//! Instances that share an index leave it to one of them; another takes over when that one has not been heard of for some
//! rounds. Should two sweep at once, that is twice the work and no harm: a claim is confirmed for as long as its assignment
//! stands, whoever does it, and released by its token, once.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tokio::sync::Notify;
use tropa_supervision::Context;

use crate::claims;
use crate::drivers::DriverError;
use crate::port::{Assignment, DriverIndex, OrderStore};

/// How often leases are looked at.
const ROUND: Duration = Duration::from_secs(2);

/// How long the one who sweeps may be silent.
const PATIENCE: Duration = Duration::from_secs(7);

/// How often all assignments are gone through.
const FULL_ROUND: Duration = Duration::from_mins(5);

/// Claims or assignments at once.
const PAGE: u32 = 1_000;

/// Sweeps claims.
pub struct ClaimSweeper {
    index: Arc<dyn DriverIndex>,
    store: Arc<dyn OrderStore>,
    freed: Arc<Notify>,
    name: Arc<str>,
    running: bool,
}

impl ClaimSweeper {
    /// A sweeper that notifies `freed` when a driver can be given orders again. `name` is this process'.
    pub fn new(
        index: Arc<dyn DriverIndex>,
        store: Arc<dyn OrderStore>,
        freed: Arc<Notify>,
        name: Arc<str>,
    ) -> Self {
        Self { index, store, freed, name, running: false }
    }

    fn round(&mut self, full: bool, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.running, true) {
            return;
        }
        let (index, store, freed) = (self.index.clone(), self.store.clone(), self.freed.clone());
        let name = self.name.clone();
        let sweep = async move {
            if !index.sweeps(&name, PATIENCE).await? {
                return Ok(());
            }
            if full {
                reconcile(&*index, &*store, &freed).await?;
            }
            expire(&*index, &*store, &freed).await
        };
        ctx.spawn(sweep.into_actor(self).map(|result: Result<(), DriverError>, sweeper, ctx| {
            sweeper.running = false;
            ctx.note(result.err().map(|error| error.to_string()));
        }));
    }
}

/// Confirms or frees claims whose lease ran out.
async fn expire(index: &dyn DriverIndex, store: &dyn OrderStore, freed: &Notify) -> Result<(), DriverError> {
    loop {
        let claims = index.expired(PAGE).await?;
        let full = claims.len() == PAGE as usize;
        if claims.is_empty() {
            return Ok(());
        }
        let assigned = store.assigned(claims.clone()).await?;
        let (kept, lost): (Vec<_>, Vec<_>) =
            claims.into_iter().zip(assigned).partition(|(_, assigned)| *assigned);
        confirm(index, store, kept.into_iter().map(|(claim, _)| claim).collect(), freed).await?;
        for (claim, _) in lost {
            if index.release(&claim).await? {
                tracing::info!(driver = %claim.driver_id, order = %claim.order_id, "freed a driver whose claim came to nothing");
                freed.notify_one();
            }
        }
        if !full {
            return Ok(());
        }
    }
}

/// Makes the claims of all active assignments.
async fn reconcile(
    index: &dyn DriverIndex,
    store: &dyn OrderStore,
    freed: &Notify,
) -> Result<(), DriverError> {
    let mut after = None;
    loop {
        let page = store.assignments(after, PAGE).await?;
        let full = page.len() == PAGE as usize;
        after = page.last().map(|assignment| assignment.driver_id.clone());
        confirm(index, store, page, freed).await?;
        if !full {
            return Ok(());
        }
        // Ten thousand assignments a second leave room for orders.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn confirm(
    index: &dyn DriverIndex,
    store: &dyn OrderStore,
    assignments: Vec<Assignment>,
    freed: &Notify,
) -> Result<(), DriverError> {
    if claims::confirm(index, store, assignments).await? > 0 {
        freed.notify_one();
    }
    Ok(())
}

impl Actor for ClaimSweeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(ROUND, |sweeper, ctx| sweeper.round(false, ctx));
        ctx.run_interval(FULL_ROUND, |sweeper, ctx| sweeper.round(true, ctx));
        self.round(false, ctx);
    }
}
