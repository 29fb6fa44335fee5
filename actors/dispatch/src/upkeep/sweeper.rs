//! The `ClaimSweeper` actor: keeps the fleet's claims and the store's assignments in step.
//!
//! The assignment row is the truth. A claim whose lease ran out is looked up: with an active assignment it is confirmed,
//! without one the driver is freed. A commit may outlast the lease, and assign the driver after that: so who was freed is
//! looked at again for a while, and claimed again if need be. Now and then it goes the other way too, and makes the
//! claims of assignments that the index has lost. When it dies, the next one goes on, with a full round.
//!
//! Instances that share an index leave it to one of them; another takes over when that one has not been heard of for some
//! rounds. Should two sweep at once, that is twice the work and no harm: a claim is confirmed for as long as its assignment
//! stands, whoever does it, and released by its token, once.

use std::sync::Arc;
use std::time::{Duration, Instant};

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

/// How long the order of a freed driver may still commit: longer than a worker and the store take together.
const AFTERTHOUGHT: Duration = Duration::from_mins(1);

/// Claims or assignments at once.
const PAGE: u32 = 1_000;

/// Sweeps claims.
pub struct ClaimSweeper {
    index: Arc<dyn DriverIndex>,
    store: Arc<dyn OrderStore>,
    freed: Arc<Notify>,
    name: Arc<str>,
    /// Claims that were taken away lately, and when.
    taken: Vec<(Instant, Assignment)>,
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
        Self { index, store, freed, name, taken: Vec::new(), running: false }
    }

    fn round(&mut self, full: bool, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.running, true) {
            return;
        }
        let (index, store, freed) = (self.index.clone(), self.store.clone(), self.freed.clone());
        let name = self.name.clone();
        self.taken.retain(|(at, _)| at.elapsed() < AFTERTHOUGHT);
        let taken = self.taken.iter().map(|(_, claim)| claim.clone()).collect();
        let sweep = async move {
            if !index.sweeps(&name, PATIENCE).await? {
                return Ok(Vec::new());
            }
            if full {
                reconcile(&*index, &*store, &freed).await?;
            }
            reconsider(&*index, &*store, taken, &freed).await?;
            expire(&*index, &*store, &freed).await
        };
        ctx.spawn(sweep.into_actor(self).map(|result: Result<Vec<_>, DriverError>, sweeper, ctx| {
            sweeper.running = false;
            ctx.note(result.as_ref().err().map(ToString::to_string));
            let now = Instant::now();
            sweeper.taken.extend(result.unwrap_or_default().into_iter().map(|claim| (now, claim)));
        }));
    }
}

/// Makes the claims again that were taken away before their order was committed.
async fn reconsider(
    index: &dyn DriverIndex,
    store: &dyn OrderStore,
    taken: Vec<Assignment>,
    freed: &Notify,
) -> Result<(), DriverError> {
    for page in taken.chunks(PAGE as usize) {
        let assigned = store.assigned(page.to_vec()).await?;
        let late = page.iter().zip(assigned).filter(|(_, assigned)| *assigned);
        confirm(index, store, late.map(|(claim, _)| claim.clone()).collect(), freed).await?;
    }
    Ok(())
}

/// Confirms or frees claims whose lease ran out; returns those it took away.
async fn expire(
    index: &dyn DriverIndex,
    store: &dyn OrderStore,
    freed: &Notify,
) -> Result<Vec<Assignment>, DriverError> {
    let mut taken = Vec::new();
    loop {
        let claims = index.expired(PAGE).await?;
        let full = claims.len() == PAGE as usize;
        if claims.is_empty() {
            return Ok(taken);
        }
        let assigned = store.assigned(claims.clone()).await?;
        let (kept, lost): (Vec<_>, Vec<_>) =
            claims.into_iter().zip(assigned).partition(|(_, assigned)| *assigned);
        confirm(index, store, kept.into_iter().map(|(claim, _)| claim).collect(), freed).await?;
        for (claim, _) in lost {
            if index.release(&claim).await? {
                tracing::info!(driver = %claim.driver_id, order = %claim.order_id, "freed a driver whose claim came to nothing");
                freed.notify_one();
                taken.push(claim);
            }
        }
        if !full {
            return Ok(taken);
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
        self.round(true, ctx);
    }
}
