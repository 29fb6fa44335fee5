//! What becomes of each write, seen those before it.

use std::collections::{HashMap, HashSet};

use time::OffsetDateTime;
use tokio_postgres::Row;
use tropa_contract::{
    domain::{EventId, EventKind, Order, OrderEvent, Topic},
    port::{Applied, Change, Postponement, Transition, Write},
};
use uuid::Uuid;

use super::effects::Effects;
use crate::{
    column,
    failure::Failure,
    message::{Message, delay},
};

/// An order that this transaction has locked.
struct Held {
    seq: i64,
    order: Order,
    /// Steps made in this batch.
    steps: usize,
}

/// What this transaction holds and knows, kept up to date while writes are decided.
pub struct Ledger<'b> {
    now: OffsetDateTime,
    orders: HashMap<String, Held>,
    /// Claimed, and not used by a write yet.
    unanswered: HashSet<EventId>,
    busy: HashSet<String>,
    /// Unpublished jobs by order.
    jobs: HashMap<i64, Vec<EventId>>,
    effects: Effects<'b>,
}

impl<'b> Ledger<'b> {
    /// An empty one; `now` is when delays start.
    pub fn new(now: OffsetDateTime) -> Self {
        Self {
            now,
            orders: HashMap::new(),
            unanswered: HashSet::new(),
            busy: HashSet::new(),
            jobs: HashMap::new(),
            effects: Effects::default(),
        }
    }

    /// A row of `lock_orders.sql`.
    pub fn hold(&mut self, row: &Row) -> Result<(), Failure> {
        let (order, seq) = (column::order(row)?, row.try_get(11)?);
        self.orders.insert(order.id.as_str().to_owned(), Held { seq, order, steps: 0 });
        Ok(())
    }

    /// Events that are ours to answer.
    pub fn claim(&mut self, events: &[Uuid]) {
        self.unanswered.extend(events.iter().copied().map(EventId));
    }

    /// A driver who has an order.
    pub fn busy(&mut self, driver: String) {
        self.busy.insert(driver);
    }

    /// An unpublished job.
    pub fn pending(&mut self, seq: i64, job: EventId) {
        self.jobs.entry(seq).or_default().push(job);
    }

    /// What is to be written.
    pub fn into_effects(mut self) -> Effects<'b> {
        self.effects.release(self.unanswered);
        self.effects
    }

    /// One write's outcome; what follows from it is noted.
    pub fn decide(&mut self, write: &'b Write) -> Applied {
        if write.inbox.is_some_and(|event| !self.unanswered.contains(&event)) {
            return Applied::Duplicate;
        }
        let is_command = write.inbox.is_none();
        let applied = match &write.change {
            Change::Nothing => Applied::Done,
            Change::Transition(transition) => self.step(transition, is_command),
            Change::Postpone(postponement) => self.postpone(postponement, write.inbox),
            Change::Park(letter, transition) => {
                let stepped = transition.as_deref().map_or(Applied::Done, |t| self.step(t, is_command));
                if stepped == Applied::Done {
                    self.effects.park(letter);
                }
                stepped
            }
        };
        if let (Applied::Done, Some(event)) = (&applied, &write.inbox) {
            self.unanswered.remove(event);
        }
        applied
    }

    fn step(&mut self, transition: &'b Transition, is_command: bool) -> Applied {
        let Transition { event, order, envelope } = transition;
        let Some(held) = self.orders.get_mut(order.id.as_str()) else { return Applied::Stale(None) };
        if held.order.version != event.version.saturating_sub(1) {
            return Applied::Stale(Some(Box::new(held.order.clone())));
        }
        if let EventKind::Dispatched { driver_id, .. } = &event.kind
            && self.busy.contains(driver_id.as_str())
        {
            return Applied::DriverTaken;
        }
        let (seq, round) = (held.seq, held.steps);
        held.steps += 1;
        let after = stored(order, &held.order);
        let before = std::mem::replace(&mut held.order, after);
        self.effects.step(round, seq, order);
        self.effects.event(seq, event);
        self.assign(seq, event, &before);
        if is_command {
            self.effects.hasten(seq);
        }
        self.effects.send(Message { seq, envelope, delay: 0, reason: None });
        Applied::Done
    }

    fn assign(&mut self, seq: i64, event: &'b OrderEvent, before: &Order) {
        match &event.kind {
            EventKind::Dispatched { driver_id, claim_token, .. } => {
                self.busy.insert(driver_id.as_str().to_owned());
                self.effects.assign(seq, driver_id, claim_token);
            }
            EventKind::Cancelled { .. } | EventKind::Delivered { .. } => {
                // The driver the row names, not the one the event does.
                if let Some(driver) = &before.driver_id {
                    self.busy.remove(driver.as_str());
                    self.effects.unassign(seq);
                }
            }
            EventKind::Created | EventKind::ManualDispatch { .. } => {}
        }
    }

    fn postpone(&mut self, postponement: &'b Postponement, answered: Option<EventId>) -> Applied {
        let Postponement { envelope, due_at, reason, unless_pending } = postponement;
        let order_id = envelope.order_id.as_str();
        let Some(held) = self.orders.get(order_id) else { return Applied::Stale(None) };
        let seq = held.seq;
        if held.order.version != envelope.version {
            return Applied::Stale(Some(Box::new(held.order.clone())));
        }
        // The job that is being answered does not count: it is unpublished until its consumer has settled it.
        let waits = |jobs: &Vec<EventId>| jobs.iter().any(|job| Some(*job) != answered);
        if *unless_pending && self.jobs.get(&seq).is_some_and(waits) {
            return Applied::Duplicate;
        }
        if envelope.topic == Topic::DispatchRequested {
            self.pending(seq, envelope.event_id);
        }
        let delay = delay(self.now, *due_at);
        self.effects.send(Message { seq, envelope, delay, reason: *reason });
        Applied::Done
    }
}

/// The row after the step: what was asked for and when does not change, whatever the caller's copy says.
fn stored(after: &Order, before: &Order) -> Order {
    Order { details: before.details.clone(), created_at: before.created_at, ..after.clone() }
}
