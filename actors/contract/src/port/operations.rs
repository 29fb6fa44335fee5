//! Where it is kept what is being done to many things at once, so that it outlives who does it.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::domain::{ItemOutcome, Operation, OperationError, OperationItem, OperationKind, OperationState};

/// How a frozen set is to be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// As what it was frozen.
    pub kind: OperationKind,
    /// At most so many a second.
    pub rate: Option<u32>,
    /// Who says so.
    pub subject: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Operations, and what they are about. A `runner` is whoever carries one out: what they say is taken as long as the
/// operation runs, and nobody else has followed them.
#[async_trait]
pub trait Operations: Send + Sync + 'static {
    /// Keeps a set of things, by target and version, for an operation that is not begun.
    async fn freeze(&self, operation: Operation, items: Vec<(String, Option<u64>)>)
    -> Result<(), StoreError>;

    /// Keeps what another operation has done as the set of this one; returns how many that are, and puts it into `matched`. None, and
    /// nothing kept, while the other one is stopped and its runner, not silent for so long, has not said its last word: it may have
    /// done more.
    async fn freeze_done(
        &self,
        operation: Operation,
        of: Uuid,
        silence: Duration,
    ) -> Result<Option<u64>, StoreError>;

    /// Begins one that is frozen, of this kind, and not older than `within`. Otherwise nothing happens, and it is none.
    async fn start(
        &self,
        id: Uuid,
        terms: Terms,
        runner: Uuid,
        within: Duration,
    ) -> Result<Option<Operation>, StoreError>;

    /// Takes over the oldest that runs, and whose runner was not heard of for so long.
    async fn follow(&self, runner: Uuid, silence: Duration) -> Result<Option<Operation>, StoreError>;

    /// The next things that nothing has come of yet.
    async fn next_items(&self, id: Uuid, limit: u32) -> Result<Vec<OperationItem>, StoreError>;

    /// Says what came of some, or of none: that the runner lives. `errors` are all that are kept. False when it was stopped, which
    /// was its last word; and false with nothing written when it runs for somebody else, or has ended in another way.
    async fn record(
        &self,
        id: Uuid,
        runner: Uuid,
        outcomes: Vec<(u64, ItemOutcome)>,
        errors: Vec<OperationError>,
    ) -> Result<bool, StoreError>;

    /// Ends it. False, and nothing written, when it does not run any more, or for somebody else.
    async fn end(&self, id: Uuid, runner: Uuid, state: OperationState) -> Result<bool, StoreError>;

    /// Stops one that runs, or is frozen; false otherwise.
    async fn stop(&self, id: Uuid) -> Result<bool, StoreError>;

    /// One.
    async fn operation(&self, id: Uuid) -> Result<Option<Operation>, StoreError>;

    /// The newest ones, 1 to 1000.
    async fn operations(&self, limit: u32) -> Result<Vec<Operation>, StoreError>;

    /// Deletes what is frozen for longer than `frozen`, and what was asked for before `ended` ago and has ended: of their items
    /// at most `limit`, and those that have none left. Returns how many rows went.
    async fn forget(&self, frozen: Duration, ended: Duration, limit: u32) -> Result<u64, StoreError>;
}
