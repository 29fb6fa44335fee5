//! The `Rescuer`: sends orders through dispatch again whose message the broker has lost.
//!
//! A message that is confirmed is the broker's, and a broker can lose it all the same: a queue is purged, a disk replaced, a
//! binding missing while another queue still takes a copy. Then the order is `PENDING` and nothing will ever move it. So
//! orders that are `PENDING` for [`rescue_after`](Settings::rescue_after) and have no message in the outbox are looked for,
//! twice: when the work queue is empty at some moment between, a message that was out at the first look and has changed
//! nothing by the second waits in it no more. Those orders get a new round of dispatch.
//!
//! Owns nothing; when it dies, the next one looks again. Should the message turn up after all (a consumer had it in hand all
//! the while), or two of them rescue one order, then the order has two jobs, and the guarded step lets one of them move it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tropa_supervision::{Every, Loop, Pulse, Recurring, Ref, Schedule, Step};

use super::rounds::Rounds;
use crate::domain::{DispatchJob, OrderId, Status};
use crate::journal::Journal;
use crate::kit::{EDGE, Kit, mailbox};
use crate::metrics::Metrics;
use crate::port::{Broker, Clock, OrderStore, Queue};
use crate::settings::Settings;

const LOOKING: Step = Step::new("looking for lost orders");
const SECOND: Step = Step::idle("waiting for its second look");
const SENDING: Step = Step::new("sending orders again");

/// Between two rounds, at most: a tenth of the time an order is left alone, when that is less.
const ROUND: Duration = Duration::from_secs(30);

/// From the first look to the second. A delivery in the hands of a consumer is settled within it, usually.
const SECOND_LOOK: Duration = Duration::from_secs(3);

/// Orders of one round. A million lost ones are sent again in an hour, beside all others.
const ORDERS: u32 = 10_000;

/// Orders read at once.
const PAGE: usize = 200;

/// Rescues orders.
pub struct Rescuer {
    store: Arc<dyn OrderStore>,
    broker: Arc<dyn Broker>,
    rounds: Rounds,
    patience: Duration,
    metrics: Arc<Metrics>,
}

impl Rescuer {
    pub(crate) fn place(kit: &Kit, journal: &Ref<Journal>) -> Ref<Loop<Recurring<Self>>> {
        let journal = journal.clone();
        kit.every("rescuer", mailbox(16).arbiter(EDGE), move |kit| {
            Self::new(
                kit.ports.orders.clone(),
                kit.ports.broker.clone(),
                journal.clone(),
                kit.ports.clock.clone(),
                &kit.settings,
                kit.metrics.clone(),
            )
        })
    }

    /// A rescuer of the orders in `store` whose messages `broker` has lost.
    pub fn new(
        store: Arc<dyn OrderStore>,
        broker: Arc<dyn Broker>,
        journal: Ref<Journal>,
        clock: Arc<dyn Clock>,
        settings: &Settings,
        metrics: Arc<Metrics>,
    ) -> Self {
        // Until its deadline an order may wait for a driver, and is without a message for moments at a time.
        let patience = settings.rescue_after.max(settings.dispatch_deadline);
        Self { store, broker, rounds: Rounds { journal, clock }, patience, metrics }
    }

    async fn rescue(&self, pulse: &Pulse) -> Result<(), String> {
        pulse.at(LOOKING);
        let suspects: HashSet<OrderId> = self.stranded().await?.into_iter().collect();
        if suspects.is_empty() {
            return Ok(());
        }
        pulse.at(SECOND);
        tokio::time::sleep(SECOND_LOOK).await;
        pulse.at(LOOKING);
        if !self.broker.is_idle(Queue::Dispatch).await.map_err(|e| e.to_string())? {
            // Theirs may be among what waits.
            return Ok(());
        }
        let mut lost = self.stranded().await?;
        lost.retain(|id| suspects.contains(id));
        let (mut sent, mut result) = (0, Ok(()));
        for page in lost.chunks(PAGE) {
            pulse.at(SENDING);
            let (more, outcome) = self.send(page).await;
            sent += more;
            result = result.and(outcome);
        }
        if sent > 0 {
            self.metrics.rescued.inc_by(sent);
            tracing::warn!(orders = sent, "the broker has lost messages: orders go through dispatch again");
        }
        result
    }

    /// Orders that nothing in the outbox will move.
    async fn stranded(&self) -> Result<Vec<OrderId>, String> {
        let before = self.rounds.clock.now() - self.patience;
        self.store.stranded(before, ORDERS).await.map_err(|e| e.to_string())
    }

    /// How many of these have a new message now. What does not read stays, and its neighbours with it, until it is mended.
    async fn send(&self, page: &[OrderId]) -> (u64, Result<(), String>) {
        let orders = match self.store.load(page.to_vec()).await {
            Ok(orders) => orders.into_iter().flatten().filter(|order| order.status == Status::Pending),
            Err(error) => return (0, Err(error.to_string())),
        };
        let now = self.rounds.clock.now();
        self.rounds.ask_all(orders.map(|order| DispatchJob::rescue(order, now))).await
    }
}

impl Every for Rescuer {
    fn schedule(&self) -> Schedule {
        let interval = (self.patience / 10).clamp(Duration::from_secs(1), ROUND);
        Schedule::every(interval).first_after(interval)
    }

    async fn round(&mut self, pulse: &Pulse) {
        pulse.note(self.rescue(pulse).await.err());
    }
}
