//! The `Redispatcher` task: sends orders back through dispatch that a person got only because the fleet service was down.
//!
//! Owns nothing. Told by the breaker that it closed, and at its own start (the breaker starts closed), it goes through
//! `MANUAL_DISPATCH` orders with reason `fleet_unavailable` and asks for a new round for each that has none waiting, twice:
//! what was decided while the breaker was open may be committed a moment after it closed. Now and then it does so anyway,
//! since a service may fail too seldom to open the breaker; while it is open a few of them go: once half-open it waits for a
//! call, and there may be no new order to make one. When it dies, the next one begins again; an order whose round waits
//! already is skipped, and so it is when several of them, each told by its own breaker, ask for the same one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tropa_supervision::{Loop, Pulse, Ref, Step, Task};

use super::rounds::Rounds;
use crate::breaker::{BreakerActor, BreakerState, GetBreaker};
use crate::consumer::Worker;
use crate::domain::{DispatchJob, ManualReason, Order, Status};
use crate::journal::Journal;
use crate::kit::{EDGE, Kit, mailbox};
use crate::port::{Clock, OrderQuery, OrderStore, PageStart};
use crate::settings::BreakerSettings;

const FLEET_BACK: Step = Step::idle("waiting for the breaker to close");
const SECOND_ROUND: Step = Step::idle("waiting for its second round");
const ASKING: Step = Step::new("asking for new rounds");

/// Orders at once.
const PAGE: u32 = 200;

/// From one round to the second: what was decided while the breaker was open may be committed after the first.
const STRAGGLERS: Duration = Duration::from_secs(5);

/// Wait after a failure of the store.
const PAUSE: Duration = Duration::from_secs(1);

/// Asks for new rounds.
pub struct Redispatcher {
    line: Line,
    fleet_back: watch::Receiver<u64>,
    settings: BreakerSettings,
}

impl Redispatcher {
    pub(crate) fn place(kit: &Kit, worker: &Worker) -> Ref<Loop<Self>> {
        let (journal, breaker) = (worker.journal.clone(), worker.searchers.breaker.clone());
        let back = kit.fleet_back.subscribe();
        kit.task("redispatcher", mailbox(16).arbiter(EDGE), move |kit| {
            Self::new(
                kit.ports.orders.clone(),
                journal.clone(),
                kit.ports.clock.clone(),
                breaker.clone(),
                back.clone(),
                kit.settings.breaker.clone(),
            )
        })
    }

    /// A redispatcher that runs whenever `fleet_back` changes, and looks at `breaker`, which has these settings, while it does
    /// not.
    pub fn new(
        store: Arc<dyn OrderStore>,
        journal: Ref<Journal>,
        clock: Arc<dyn Clock>,
        breaker: Ref<BreakerActor>,
        fleet_back: watch::Receiver<u64>,
        settings: BreakerSettings,
    ) -> Self {
        Self { line: Line { store, breaker, rounds: Rounds { journal, clock } }, fleet_back, settings }
    }
}

/// Those who wait.
struct Line {
    store: Arc<dyn OrderStore>,
    breaker: Ref<BreakerActor>,
    rounds: Rounds,
}

impl Line {
    async fn send_all_until_done(&self, pulse: &Pulse) {
        while let Err(error) = self.send_all(pulse).await {
            tracing::debug!(error, "cannot redispatch yet");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Sends the first few. Their calls are what a half-open breaker waits for; an open one refuses them, and they stay.
    async fn probe(&self, orders: u32) -> Result<(), String> {
        let page = self.store.list(waiting(orders)).await.map_err(|e| e.to_string())?;
        self.send(page.orders).await
    }

    async fn send_all(&self, pulse: &Pulse) -> Result<(), String> {
        let mut query = waiting(PAGE);
        loop {
            pulse.at(ASKING);
            let page = self.store.list(query.clone()).await.map_err(|e| e.to_string())?;
            let Some(last) = page.orders.last() else { return Ok(()) };
            query.start = PageStart::After { created_at: last.created_at, id: last.id.clone() };
            self.send(page.orders).await?;
            if !page.more {
                return Ok(());
            }
        }
    }

    async fn send(&self, orders: Vec<Order>) -> Result<(), String> {
        let now = self.rounds.clock.now();
        self.rounds.ask_all(orders.into_iter().map(|order| DispatchJob::again(order, now))).await.1
    }

    /// All of them when calls pass, a few otherwise.
    async fn send_some(&self, probes: u32, pulse: &Pulse) -> Result<(), String> {
        pulse.at(ASKING);
        let breaker = self.breaker.ask(GetBreaker).await.map_err(|e| e.to_string())?;
        if breaker.state == BreakerState::Closed {
            self.send_all(pulse).await
        } else {
            self.probe(probes).await
        }
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

impl Redispatcher {
    /// Until there is no breaker to look at any more.
    async fn watch(mut self, pulse: &Pulse) {
        let Self { line, fleet_back, settings } = &mut self;
        fleet_back.mark_changed();
        loop {
            pulse.at(FLEET_BACK);
            tokio::select! {
                back = fleet_back.changed() => {
                    if back.is_err() {
                        return;
                    }
                    line.send_all_until_done(pulse).await;
                    pulse.at(SECOND_ROUND);
                    tokio::time::sleep(STRAGGLERS).await;
                    line.send_all_until_done(pulse).await;
                }
                () = tokio::time::sleep(settings.open_for) => {
                    if let Err(error) = line.send_some(settings.probes, pulse).await {
                        tracing::debug!(error, "cannot redispatch");
                    }
                }
            }
            pulse.round();
        }
    }
}

impl Task for Redispatcher {
    async fn run(self, pulse: Pulse) {
        pulse.until_stopped(self.watch(&pulse)).await;
    }
}
