//! The `ClaimSweeper` actor: keeps the fleet's claims and the store's assignments in step.
//!
//! The assignment row is the truth. A claim whose lease ran out is looked up: with an active assignment it is confirmed,
//! without one the driver is freed. Now and then it goes the other way too, and makes the claims of
//! assignments that the index has lost. When it dies, the next one goes on. Several of them are safe: a claim is confirmed for
//! as long as its assignment stands, whoever does it, and released by its token, once.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tokio::sync::Notify;
use tropa_supervision::Context;

use crate::port::{DriverIndex, OrderStore};

/// How often leases are looked at.
const ROUND: Duration = Duration::from_secs(2);

/// How often all assignments are gone through.
const FULL_ROUND: Duration = Duration::from_mins(5);

/// Claims or assignments at once.
const PAGE: u32 = 1_000;

/// Sweeps claims.
pub struct ClaimSweeper {
    index: Arc<dyn DriverIndex>,
    store: Arc<dyn OrderStore>,
    freed: Arc<Notify>,
    running: bool,
}

impl ClaimSweeper {
    /// A sweeper that notifies `freed` when a driver can be given orders again.
    pub fn new(index: Arc<dyn DriverIndex>, store: Arc<dyn OrderStore>, freed: Arc<Notify>) -> Self {
        Self { index, store, freed, running: false }
    }

    fn round(&mut self, full: bool, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.running, true) {
            return;
        }
        let (index, store, freed) = (self.index.clone(), self.store.clone(), self.freed.clone());
        let sweep = async move {
            if full {
                reconcile(&*index, &*store).await?;
            }
            expire(&*index, &*store, &freed).await
        };
        ctx.spawn(sweep.into_actor(self).map(|result, sweeper, ctx| {
            sweeper.running = false;
            ctx.note(result.err());
        }));
    }
}

/// Confirms or frees claims whose lease ran out.
async fn expire(index: &dyn DriverIndex, store: &dyn OrderStore, freed: &Notify) -> Result<(), String> {
    loop {
        let claims = index.expired(PAGE).await.map_err(|e| e.to_string())?;
        let full = claims.len() == PAGE as usize;
        if claims.is_empty() {
            return Ok(());
        }
        let assigned = store.assigned(claims.clone()).await.map_err(|e| e.to_string())?;
        let (kept, lost): (Vec<_>, Vec<_>) =
            claims.into_iter().zip(assigned).partition(|(_, assigned)| *assigned);
        index.confirm(kept.into_iter().map(|(claim, _)| claim).collect()).await.map_err(|e| e.to_string())?;
        for (claim, _) in lost {
            if index.release(&claim).await.map_err(|e| e.to_string())? {
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
async fn reconcile(index: &dyn DriverIndex, store: &dyn OrderStore) -> Result<(), String> {
    let mut after = None;
    loop {
        let page = store.assignments(after, PAGE).await.map_err(|e| e.to_string())?;
        let full = page.len() == PAGE as usize;
        after = page.last().map(|assignment| assignment.driver_id.clone());
        index.confirm(page).await.map_err(|e| e.to_string())?;
        if !full {
            return Ok(());
        }
        // Ten thousand assignments a second leave room for orders.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Actor for ClaimSweeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(ROUND, |sweeper, ctx| sweeper.round(false, ctx));
        ctx.run_interval(FULL_ROUND, |sweeper, ctx| sweeper.round(true, ctx));
        self.round(false, ctx);
    }
}
