//! The time that all who share a store go by, and what the store remembers of it.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{Reading, StoreError};

/// What the clock has shown, as far as the store remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// The earliest time it has shown.
    pub earliest: OffsetDateTime,
    /// Whether that goes back as far as was asked for.
    pub complete: bool,
}

/// A store's clock and its history.
///
/// A clock can be set; the time for which somebody was seen to run cannot. So the store keeps what the clock has shown by
/// how long it has been seen to run: whatever was written within the last hours of *that* time bears no earlier date than
/// the earliest that the clock has shown in them, whoever set it, back, ahead, or both.
#[async_trait]
pub trait Chronicle: Send + Sync + 'static {
    /// What time it is by the clock that all who share this store go by.
    async fn time(&self) -> Result<Reading, StoreError>;

    /// Notes what the clock shows, and that the caller has seen `ran` pass by its monotonic clock since it said so last. What
    /// several say of the same time counts once.
    async fn mark(&self, ran: Duration) -> Result<(), StoreError>;

    /// What the clock has shown while `span` was seen to pass, up to now; within some minutes, never too little. `None` before
    /// the first mark.
    async fn horizon(&self, span: Duration) -> Result<Option<Horizon>, StoreError>;
}
