//! What an aggregate works with: the journal, the breaker, the clock, and how a step is committed.

use std::sync::Arc;
use std::time::Instant;

use time::OffsetDateTime;
use tropa_supervision::Ref;

use crate::breaker::{BreakerActor, Search, SearchError};
use crate::domain::{
    Cause, DriverId, EventId, EventKind, EventPayload, Order, OrderEvent, OrderId, Status, TraceParent,
};
use crate::duty::Duty;
use crate::feed::Feed;
use crate::fleet_client::{FleetClient, ReleaseDriver};
use crate::journal::{Commit, Journal};
use crate::kit::Kit;
use crate::metrics::Metrics;
use crate::port::{
    Applied, Assignment, Change, Claim, Clock, OrderStore, SearchRequest, StoreError, Transition, Wait, Write,
};
use crate::recorder::Recorder;
use crate::settings::Settings;
use crate::trace;

/// Shared by all aggregates of a process.
pub struct Desk {
    /// Reads.
    pub store: Arc<dyn OrderStore>,
    /// Writes.
    pub journal: Ref<Journal>,
    /// Searches and releases, where this process has the roles for them.
    pub searchers: Option<Searchers>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Deadlines, radii, attempts.
    pub settings: Arc<Settings>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Announces.
    pub feed: Feed,
    /// What this instance has in its hands.
    pub duty: Duty,
    /// Remembers.
    pub recorder: Recorder,
}

/// The way to the fleet service.
#[derive(Clone)]
pub struct Searchers {
    /// Calls it.
    pub client: Ref<FleetClient>,
    /// Stands before the client.
    pub breaker: Ref<BreakerActor>,
}

impl Searchers {
    pub(crate) fn place(kit: &Kit) -> Self {
        let client = FleetClient::place(kit);
        Self { breaker: BreakerActor::place(kit, &client), client }
    }
}

/// A step that was decided, before its commit.
pub(crate) struct Step {
    pub kind: EventKind,
    pub cause: Cause,
    pub attempt: u32,
    /// The trace of whoever asked, unless the current span has its own.
    pub trace: Option<TraceParent>,
}

impl Desk {
    pub(crate) fn new(kit: &Kit, journal: &Ref<Journal>, searchers: Option<Searchers>) -> Self {
        Self {
            store: kit.ports.orders.clone(),
            journal: journal.clone(),
            searchers,
            clock: kit.ports.clock.clone(),
            settings: kit.settings.clone(),
            metrics: kit.metrics.clone(),
            feed: kit.feed.clone(),
            duty: kit.duty.clone(),
            recorder: kit.recorder.clone(),
        }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    pub(crate) async fn load(&self, id: &OrderId) -> Result<Option<Order>, StoreError> {
        Ok(self.store.load(vec![id.clone()]).await?.into_iter().next().flatten())
    }

    pub(crate) async fn commit(&self, inbox: Option<EventId>, change: Change) -> Result<Applied, StoreError> {
        match self.journal.ask(Commit(Write { inbox, change })).await {
            Ok(applied) => applied,
            Err(error) => Err(StoreError::Unavailable(format!("journal: {error}"))),
        }
    }

    /// The transition that `step` makes of `order`. Call [`Status::check`] first.
    pub(crate) fn transition(&self, order: &Order, step: Step) -> Result<Transition, StoreError> {
        let fault = |e: &dyn std::fmt::Display| StoreError::Fault(format!("order {}: {e}", order.id));
        let event = OrderEvent {
            event_id: EventId::fresh(),
            order_id: order.id.clone(),
            version: order.version + 1,
            kind: step.kind,
            at: self.now(),
            cause: step.cause,
            attempt: step.attempt,
            trace: trace::current().or(step.trace),
        };
        let order = order.after(&event).map_err(|e| fault(&e))?;
        let payload = EventPayload { event, order };
        let envelope = payload.envelope().map_err(|e| fault(&e))?;
        let EventPayload { event, order } = payload;
        Ok(Transition { event, order, envelope })
    }

    /// Commits a step; on success tells the metrics and the feed, and returns the order after it.
    pub(crate) async fn take(
        &self,
        order: &Order,
        step: Step,
        inbox: Option<EventId>,
    ) -> Result<(Applied, Order), StoreError> {
        let transition = self.transition(order, step)?;
        let (kind, after) = (transition.event.kind.clone(), transition.order.clone());
        let (attempt, began) = (transition.event.attempt, Instant::now());
        let applied = self.commit(inbox, Change::Transition(Box::new(transition))).await?;
        if applied == Applied::Done {
            self.decided(&after.id, attempt, began, kind.name());
            self.committed(&kind, &after);
        }
        self.note_duplicate(&after.id, inbox, &applied);
        Ok((applied, after))
    }

    pub(crate) fn committed(&self, kind: &EventKind, order: &Order) {
        self.metrics.orders.with_label_values(&[order.status.as_str()]).inc();
        if order.status == Status::Dispatched {
            let took = order.updated_at - order.created_at;
            self.metrics.dispatch_duration.observe(took.as_seconds_f64().max(0.0));
        }
        self.feed.announce(kind, order);
    }

    pub(crate) async fn search(
        &self,
        order: &Order,
        excluded: &[DriverId],
        driver: Option<DriverId>,
        wait: Option<Wait>,
    ) -> Result<Option<Claim>, SearchError> {
        let Some(Searchers { breaker, .. }) = &self.searchers else {
            return Err(SearchError::Failed("this process runs no search".to_owned()));
        };
        let request = SearchRequest {
            order_id: order.id.clone(),
            pickup: order.details.pickup.unwrap_or(self.settings.default_pickup),
            radius_m: self.settings.search_radii_m.last().copied().unwrap_or(5_000.0),
            excluded: excluded.to_vec(),
            driver,
            wait,
        };
        let began = Instant::now();
        let answer = match breaker.ask(Search(request)).await {
            Ok(answer) => answer,
            Err(error) => Err(SearchError::Failed(format!("breaker: {error}"))),
        };
        self.searched(order, excluded, began, &answer);
        answer
    }

    /// Gives a claim back that came to nothing. Best effort: its lease runs out, and the sweeper sees it.
    pub(crate) async fn release(&self, order: &Order, claim: &Claim) {
        let Some(Searchers { client, .. }) = &self.searchers else { return };
        let claim = Assignment {
            driver_id: claim.driver_id.clone(),
            order_id: order.id.clone(),
            token: claim.token.clone(),
        };
        let _ = client.ask(ReleaseDriver(claim)).await;
    }
}

/// The event for a driver found.
pub(crate) fn dispatched(claim: &Claim) -> EventKind {
    EventKind::Dispatched {
        driver_id: claim.driver_id.clone(),
        driver_name: claim.driver_name.clone(),
        distance_m: claim.distance_m,
        claim_token: claim.token.clone(),
    }
}
