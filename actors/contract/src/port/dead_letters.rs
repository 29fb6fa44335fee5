//! Where messages go that could not be processed.

use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

use super::StoreError;
use crate::domain::{DeadLetter, DeadLetterGroup, DeadLetterState, Envelope, Fingerprint, OrderId};

/// Which dead letters, newest failure first.
#[derive(Clone, Debug, Default)]
pub struct DeadLetterFilter {
    /// These only.
    pub ids: Option<Vec<Uuid>>,
    /// Only in this state.
    pub state: Option<DeadLetterState>,
    /// Only of this group.
    pub fingerprint: Option<Fingerprint>,
    /// Only with this routing key.
    pub topic: Option<String>,
    /// Only about this order.
    pub order_id: Option<OrderId>,
    /// At most, 1 to 1000.
    pub limit: u32,
    /// After this many.
    pub offset: u32,
}

/// Dead letters: written here by the drain, by [`OrderStore::apply`](super::OrderStore::apply) with a step.
#[async_trait]
pub trait DeadLetters: Send + Sync + 'static {
    /// Parks a batch, durably. A letter whose `event_id` is there already updates that row: attempts, error, last
    /// seen, and the state is parked again.
    async fn park(&self, batch: Vec<DeadLetter>) -> Result<(), StoreError>;

    /// The letters that match.
    async fn list(&self, filter: DeadLetterFilter) -> Result<Vec<DeadLetter>, StoreError>;

    /// Those that match, newest failure first, without what they say: at most `limit`, which may be any here, behind none. Each
    /// with when it was seen last.
    async fn pick(&self, filter: DeadLetterFilter) -> Result<Vec<(Uuid, OffsetDateTime)>, StoreError>;

    /// Parked letters by kind, largest group first.
    async fn groups(&self) -> Result<Vec<DeadLetterGroup>, StoreError>;

    /// In one transaction: marks the parked letter replayed and writes its message to the outbox, due now. Returns
    /// false, and writes nothing, when it is not parked.
    async fn replay(&self, id: Uuid, envelope: Envelope) -> Result<bool, StoreError>;

    /// Gives parked letters up; returns how many.
    async fn discard(&self, ids: Vec<Uuid>, reason: &str) -> Result<u64, StoreError>;

    /// Parks letters again that were given up; returns how many.
    async fn restore(&self, ids: Vec<Uuid>) -> Result<u64, StoreError>;

    /// How many are parked.
    async fn parked(&self) -> Result<u64, StoreError>;
}
