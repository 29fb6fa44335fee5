//! The transactional outbox: messages that were committed with what they tell, until a broker has confirmed them.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio::sync::Notify;

use super::StoreError;
use crate::domain::{Envelope, MessageState, OrderId, OutboxMessage, Topic, WaitReason};

/// A row a relay holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// The row.
    pub id: i64,
    /// Proof of this claim; a later claim of the same row has a larger one.
    pub token: u64,
    /// How often publishing failed before.
    pub attempts: u32,
    /// What to publish.
    pub envelope: Envelope,
}

/// How publishing a claimed row went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relayed {
    /// The broker has it.
    Published,
    /// Unknown or unroutable: stays unpublished, and is tried again from then on.
    Failed {
        /// What the broker said.
        error: String,
        /// When to try again.
        retry_at: OffsetDateTime,
    },
}

/// The end of one claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The row.
    pub id: i64,
    /// The claim's token; a stale one changes nothing.
    pub token: u64,
    /// How it went.
    pub outcome: Relayed,
}

/// What is waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Unpublished rows, those due later included.
    pub pending: u64,
    /// Of these, postponed: due later.
    pub postponed: u64,
    /// Age of the oldest row that is due.
    pub oldest_due: Option<Duration>,
}

/// Which unpublished rows to list, in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// Only with this routing key.
    pub topic: Option<Topic>,
    /// Only so far on their way.
    pub state: Option<MessageState>,
    /// Only about this order.
    pub order: Option<OrderId>,
    /// Behind this row.
    pub after: Option<i64>,
    /// Page size, 1 to 1000.
    pub limit: u32,
}

/// A page of unpublished rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessagePage {
    /// At most `limit`. Of a rare kind fewer, though more follow: so many rows are looked at for one page, and no more.
    pub messages: Vec<OutboxMessage>,
    /// Behind which row the next page begins; `None` when nothing follows.
    pub next: Option<i64>,
}

/// What waits with one routing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicBacklog {
    /// The routing key.
    pub topic: String,
    /// Unpublished rows, those due later included.
    pub pending: u64,
    /// Age of the oldest row that is due.
    pub oldest_due: Option<Duration>,
}

/// Rows looked at for one page, or to be told apart by their topics, at most.
pub const LOOKED_AT: u32 = 2_000;

/// Rows are written by the [`OrderStore`](super::OrderStore); this is the relay's side of them.
#[async_trait]
pub trait Outbox: Send + Sync + 'static {
    /// Claims at most `limit` due rows for `lease`. Only the oldest unpublished row of an order may be claimed, so an
    /// order's messages are published in their order. Rows whose lease ran out may be claimed again, and those whose
    /// lease ends later than any lease does from now: the clock that made it has gone back since.
    async fn claim(&self, owner: &str, limit: u32, lease: Duration) -> Result<Vec<Claimed>, StoreError>;

    /// Gives back what `owner` still holds: for a relay that was restarted. Returns how many rows.
    async fn abandon(&self, owner: &str) -> Result<u64, StoreError>;

    /// Ends claims. Rows with a stale token are left alone; returns how many were not.
    async fn settle(&self, batch: Vec<Settlement>) -> Result<u64, StoreError>;

    /// Makes at most `limit` rows that wait for `reason` due now, those of the oldest orders first, and in that order; returns
    /// how many.
    async fn hasten(&self, reason: WaitReason, limit: u32) -> Result<u64, StoreError>;

    /// Makes the rows of these orders that wait for a driver due now, before any other retry. Returns the orders of which
    /// there was one.
    async fn hasten_orders(&self, orders: Vec<OrderId>) -> Result<Vec<OrderId>, StoreError>;

    /// Makes rows due now that would become due later than `wait` from now, and ends claims that would: where nothing waits so
    /// long, a clock that was ahead has named that moment. Returns how many rows.
    async fn hasten_beyond(&self, wait: Duration) -> Result<u64, StoreError>;

    /// What is waiting.
    async fn backlog(&self) -> Result<Backlog, StoreError>;

    /// The oldest unpublished rows by their topics, those first of which there are most: [`LOOKED_AT`] rows, however many there are.
    async fn topics(&self) -> Result<Vec<TopicBacklog>, StoreError>;

    /// Unpublished rows.
    async fn messages(&self, filter: MessageFilter) -> Result<MessagePage, StoreError>;

    /// A row and what it says, published or not, while it is kept.
    async fn message(&self, id: i64) -> Result<Option<(OutboxMessage, String)>, StoreError>;

    /// Notified after a commit that made rows due. Coalesced and lossy: poll behind it.
    fn wakeup(&self) -> Arc<Notify>;
}
