//! The system of record: orders, their events, and what must be committed with them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{Census, StatusCounts};
use crate::domain::{
    ClaimToken, DeadLetter, DriverId, Envelope, EventId, Fingerprint, Order, OrderEvent, OrderId,
    OrderNumber, Status, WaitReason,
};

/// Why the store did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or is too busy: nothing is known to be written, try later. After a lost connection
    /// during COMMIT the outcome is unknown; every write here may be repeated safely.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// The disk is full: nothing was written.
    #[error("store full: {0}")]
    Full(String),
    /// It answered with something that must not be: a bug, or a damaged database.
    #[error("store fault: {0}")]
    Fault(String),
}

/// A caller's `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// Who called which route.
    pub scope: String,
    /// What the version before calls that, when it is something else. A key that was stored under it counts, and comes
    /// before one under `scope`; a new one is stored under both, for instances of that version.
    pub former: Option<String>,
    /// The key itself, 1 to 255 characters.
    pub key: String,
}

impl IdempotencyKey {
    /// What two requests have in common that are one.
    pub fn identity(&self) -> (String, String) {
        (self.scope.clone(), self.key.clone())
    }
}

/// An order to be accepted: all of it is committed, or none.
#[derive(Clone, Debug)]
pub struct Creation {
    /// The order at version 1.
    pub order: Order,
    /// Of the request.
    pub fingerprint: Fingerprint,
    /// Its first event.
    pub event: OrderEvent,
    /// That event's message, due at once.
    pub envelope: Envelope,
    /// Remembered with the order.
    pub key: Option<IdempotencyKey>,
}

/// What became of a [`Creation`].
#[derive(Clone, Debug, PartialEq)]
pub enum Created {
    /// It is durable.
    Stored,
    /// The id was there, with the same content: here it is as it stands now. Nothing was written.
    Existing(Order),
    /// The id was there, with other content. Nothing was written.
    IdTaken,
    /// The order number belongs to another order. Nothing was written.
    NumberTaken,
    /// The key was used for the same request: the order as it was answered then. Nothing was written.
    Replayed(Order),
    /// The key was used for another request. Nothing was written.
    KeyReused,
}

/// One step of an order, guarded by its version.
#[derive(Clone, Debug)]
pub struct Transition {
    /// The step. `event.version - 1` is the version the order must have.
    pub event: OrderEvent,
    /// The order after it.
    pub order: Order,
    /// The step's message, due at once.
    pub envelope: Envelope,
}

/// An outbox row that becomes due later; the order itself does not change.
#[derive(Clone, Debug)]
pub struct Postponement {
    /// The message. `envelope.version` is the version the order must have.
    pub envelope: Envelope,
    /// When it is published.
    pub due_at: OffsetDateTime,
    /// What it waits for, so that it can be hastened.
    pub reason: Option<WaitReason>,
    /// Write nothing when an unpublished `DispatchRequested` row of this order exists, other than that of the event
    /// being answered: that one is unpublished until its consumer has settled it.
    pub unless_pending: bool,
}

/// What a [`Write`] does.
#[derive(Clone, Debug)]
pub enum Change {
    /// A step. `Dispatched` inserts the active assignment, `Cancelled` and `Delivered` end it; without an inbox row
    /// (a command, not an event) postponed rows of the order become due, so that they do not hold its message back.
    Transition(Box<Transition>),
    /// A message for later.
    Postpone(Box<Postponement>),
    /// A dead letter, and the step that goes with it.
    Park(Box<DeadLetter>, Option<Box<Transition>>),
    /// Nothing: the event is done with.
    Nothing,
}

impl Change {
    /// What it says, in bytes, about: the payload it stores.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Transition(transition) => transition.envelope.payload.len(),
            Self::Postpone(postponement) => postponement.envelope.payload.len(),
            Self::Park(letter, transition) => {
                letter.payload.len() + transition.as_ref().map_or(0, |t| t.envelope.payload.len())
            }
            Self::Nothing => 0,
        }
    }
}

/// One unit of work: committed whole, or not at all.
#[derive(Clone, Debug)]
pub struct Write {
    /// The event this answers. Its inbox row `(consumer, event_id)` is unique: the second writer is told
    /// [`Applied::Duplicate`].
    pub inbox: Option<EventId>,
    /// The rest.
    pub change: Change,
}

/// What became of a [`Write`].
#[derive(Clone, Debug, PartialEq)]
pub enum Applied {
    /// It is durable.
    Done,
    /// The event was answered before, or (with `unless_pending`) a job waits already. Nothing was written.
    Duplicate,
    /// The order has another version, or does not exist: here it is. Nothing was written.
    Stale(Option<Box<Order>>),
    /// The driver has another order. Nothing was written.
    DriverTaken,
}

/// Who drives what, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The driver; unique among active assignments.
    pub driver_id: DriverId,
    /// The order.
    pub order_id: OrderId,
    /// The claim behind it.
    pub token: ClaimToken,
}

/// Where a page of orders starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PageStart {
    /// At the newest.
    #[default]
    Newest,
    /// After this many.
    Offset(u32),
    /// Behind this order: the keyset of the previous page's last row.
    After {
        /// Its `created_at`.
        created_at: OffsetDateTime,
        /// Its id.
        id: OrderId,
    },
}

/// Which orders, newest first by `(created_at, id)`; those whose ids begin alike in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct OrderQuery {
    /// Page size, 1 to 1000.
    pub limit: u32,
    /// Where the page starts.
    pub start: PageStart,
    /// Only in this state.
    pub status: Option<Status>,
    /// Only of this customer.
    pub customer_id: Option<String>,
    /// Only with this driver.
    pub driver_id: Option<DriverId>,
    /// Only waiting for a person because of this.
    pub manual_reason: Option<crate::domain::ManualReason>,
    /// Only accepted then, or later.
    pub created_after: Option<OffsetDateTime>,
    /// Only accepted before.
    pub created_before: Option<OffsetDateTime>,
    /// Only whose id begins so. For one page the first [`LOOKED_AT`](super::LOOKED_AT) of these are looked at, and no more,
    /// however few of them match what else is asked for; `driver_silent` is not asked of them.
    pub id_prefix: Option<String>,
    /// Only dispatched ones whose driver was not heard of for so long, nor given the order since, by the store's clock.
    pub driver_silent: Option<Duration>,
}

/// A page of orders.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderPage {
    /// At most `limit`.
    pub orders: Vec<Order>,
    /// Whether more follow.
    pub more: bool,
}

/// What may be forgotten: rows older than these.
#[derive(Clone, Copy, Debug)]
pub struct PruneBefore {
    /// Published outbox rows, by the time they were written.
    pub published: OffsetDateTime,
    /// Inbox rows.
    pub inbox: OffsetDateTime,
    /// Idempotency keys.
    pub keys: OffsetDateTime,
}

/// Orders and everything that must be committed with them.
///
/// Cancellation: dropping a returned future does not undo what was sent; the outcome is then unknown.
#[async_trait]
pub trait OrderStore: Send + Sync + 'static {
    /// Accepts a batch in one transaction; an outcome each, in the batch's order. Durable when it returns. A `Fault` may be
    /// due to one item, and has undone all.
    async fn create(&self, batch: Arc<[Creation]>) -> Result<Vec<Created>, StoreError>;

    /// Applies a batch in one transaction; an outcome each, in the batch's order, each item seeing those before it.
    /// Durable when it returns. A `Fault` may be due to one item, and has undone all.
    async fn apply(&self, batch: Arc<[Write]>) -> Result<Vec<Applied>, StoreError>;

    /// The orders with these ids, in the same order.
    async fn load(&self, ids: Vec<OrderId>) -> Result<Vec<Option<Order>>, StoreError>;

    /// The order with this number.
    async fn load_by_number(&self, number: OrderNumber) -> Result<Option<Order>, StoreError>;

    /// A page of orders.
    async fn list(&self, query: OrderQuery) -> Result<OrderPage, StoreError>;

    /// Of the oldest pending orders accepted before that moment, those with no message in the outbox; at most `limit`. With
    /// tens of thousands that have one, younger ones may be left out.
    async fn stranded(&self, before: OffsetDateTime, limit: u32) -> Result<Vec<OrderId>, StoreError>;

    /// An order's events, first to last; empty when there is no such order.
    async fn timeline(&self, id: OrderId) -> Result<Vec<OrderEvent>, StoreError>;

    /// How many orders there are, all at one moment.
    async fn census(&self) -> Result<Census, StoreError>;

    /// Orders by state.
    async fn counts(&self) -> Result<StatusCounts, StoreError> {
        Ok(self.census().await?.states)
    }

    /// Which of these events have an inbox row, in the same order.
    async fn answered(&self, events: Vec<EventId>) -> Result<Vec<bool>, StoreError>;

    /// Active assignments in the order of their driver's id, behind `after`.
    async fn assignments(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Assignment>, StoreError>;

    /// Which of these are active assignments, in the same order.
    async fn assigned(&self, claims: Vec<Assignment>) -> Result<Vec<bool>, StoreError>;

    /// Deletes at most `limit` rows of each kind; returns how many went.
    async fn prune(&self, before: PruneBefore, limit: u32) -> Result<u64, StoreError>;

    /// Whether it can take a write now.
    async fn check(&self) -> Result<(), StoreError>;
}
