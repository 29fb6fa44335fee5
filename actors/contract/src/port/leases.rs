//! Who works on an event right now. An optimisation: the inbox row decides.

use std::time::Duration;

use async_trait::async_trait;

use crate::domain::EventId;

/// Proof of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LeaseToken(pub u64);

/// The answer to a request for a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// It is yours until it runs out.
    Acquired(LeaseToken),
    /// Somebody else works on it.
    Held,
    /// Somebody has finished it, they say. Never believe it without the inbox row.
    Done,
}

/// The lease service does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("leases unavailable: {0}")]
pub struct LeaseError(pub String);

/// Leases on events.
#[async_trait]
pub trait Leases: Send + Sync + 'static {
    /// Takes the lease of `event` for `ttl`. An owner that holds it already gets it again, under a new token.
    async fn acquire(&self, event: EventId, owner: &str, ttl: Duration) -> Result<Lease, LeaseError>;

    /// Marks the event done, for `remember`, and ends the lease. False when the token is not the holder's.
    async fn done(&self, event: EventId, token: LeaseToken, remember: Duration) -> Result<bool, LeaseError>;

    /// Ends the lease. False when the token is not the holder's.
    async fn release(&self, event: EventId, token: LeaseToken) -> Result<bool, LeaseError>;

    /// Leases held now.
    async fn held(&self) -> Result<u64, LeaseError>;
}
