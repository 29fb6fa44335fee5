//! The `Redispatcher` actor: sends orders back through dispatch that a person got only because the fleet service was down.
//!
//! Owns nothing. Told by the breaker that it closed, and at its own start (the breaker starts closed), it goes through
//! `MANUAL_DISPATCH` orders with reason `fleet_unavailable` and asks for a new round for each that has none waiting, twice:
//! what was decided while the breaker was open may be committed a moment after it closed. Now and then it sends a few of
//! them anyway: a half-open breaker waits for a call, and there may be no new order to make one. When it dies, the next one
//! begins again; an order whose round waits already is skipped, and so it is when several of them, each told by its own
//! breaker, ask for the same one.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tokio::sync::watch;
use tropa_supervision::{Context, Ref};

use crate::domain::{DispatchJob, ManualReason, Order, Status};
use crate::journal::{Commit, Journal};
use crate::port::{Change, Clock, OrderQuery, OrderStore, PageStart, Postponement, Write};
use crate::settings::BreakerSettings;

/// Orders at once.
const PAGE: u32 = 200;

/// From one round to the second: what was decided while the breaker was open may be committed after the first.
const STRAGGLERS: Duration = Duration::from_secs(5);

/// Wait after a failure of the store.
const PAUSE: Duration = Duration::from_secs(1);

/// Asks for new rounds.
pub struct Redispatcher {
    store: Arc<dyn OrderStore>,
    journal: Ref<Journal>,
    clock: Arc<dyn Clock>,
    fleet_back: watch::Receiver<u64>,
    breaker: BreakerSettings,
}

impl Redispatcher {
    /// A redispatcher that runs whenever `fleet_back` changes, and feeds a breaker with these settings while it does not.
    pub fn new(
        store: Arc<dyn OrderStore>,
        journal: Ref<Journal>,
        clock: Arc<dyn Clock>,
        fleet_back: watch::Receiver<u64>,
        breaker: BreakerSettings,
    ) -> Self {
        Self { store, journal, clock, fleet_back, breaker }
    }
}

struct Round {
    store: Arc<dyn OrderStore>,
    journal: Ref<Journal>,
    clock: Arc<dyn Clock>,
}

impl Round {
    async fn run_until_done(&self) {
        while let Err(error) = self.run().await {
            tracing::debug!(error, "cannot redispatch yet");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Sends the first few. Their calls are what a half-open breaker waits for; an open one refuses them, and they stay.
    async fn probe(&self, orders: u32) -> Result<(), String> {
        let page = self.store.list(waiting(orders)).await.map_err(|e| e.to_string())?;
        for order in page.orders {
            self.ask(order).await?;
        }
        Ok(())
    }

    async fn run(&self) -> Result<(), String> {
        let mut query = waiting(PAGE);
        loop {
            let page = self.store.list(query.clone()).await.map_err(|e| e.to_string())?;
            let Some(last) = page.orders.last() else { return Ok(()) };
            query.start = PageStart::After { created_at: last.created_at, id: last.id.clone() };
            for order in page.orders {
                self.ask(order).await?;
            }
            if !page.more {
                return Ok(());
            }
        }
    }

    async fn ask(&self, order: Order) -> Result<(), String> {
        let now = self.clock.now();
        let envelope = DispatchJob::again(order, now).envelope(None, now).map_err(|e| e.to_string())?;
        let postponement = Postponement { envelope, due_at: now, reason: None, unless_pending: true };
        let write = Write { inbox: None, change: Change::Postpone(Box::new(postponement)) };
        // Stale or waiting already: somebody else saw to it.
        self.journal
            .ask(Commit(write))
            .await
            .map_err(|e| e.to_string())?
            .map(|_| ())
            .map_err(|e| e.to_string())
    }
}

/// Orders that wait for a person because the fleet service was down.
fn waiting(limit: u32) -> OrderQuery {
    OrderQuery {
        limit,
        status: Some(Status::ManualDispatch),
        manual_reason: Some(ManualReason::FleetUnavailable),
        ..OrderQuery::default()
    }
}

impl Actor for Redispatcher {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let round =
            Round { store: self.store.clone(), journal: self.journal.clone(), clock: self.clock.clone() };
        let mut fleet_back = self.fleet_back.clone();
        fleet_back.mark_changed();
        let BreakerSettings { open_for, probes, .. } = self.breaker;
        let rounds = async move {
            loop {
                tokio::select! {
                    back = fleet_back.changed() => {
                        if back.is_err() {
                            return;
                        }
                        round.run_until_done().await;
                        tokio::time::sleep(STRAGGLERS).await;
                        round.run_until_done().await;
                    }
                    () = tokio::time::sleep(open_for) => {
                        if let Err(error) = round.probe(probes).await {
                            tracing::debug!(error, "cannot send probes");
                        }
                    }
                }
            }
        };
        ctx.spawn(rounds.into_actor(self));
    }
}
