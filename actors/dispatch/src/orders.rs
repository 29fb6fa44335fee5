//! One aggregate per order, kept by the shards.

mod aggregate;
mod command;
mod decision;
mod desk;
mod dispatch;
mod message;
mod remembering;
mod shard;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};
use tracing::Span;
use tropa_supervision::{AskError, Ref, To};

use aggregate::{Job, Work};
pub use command::Command;
pub use desk::{Desk, Searchers};
pub use dispatch::{DispatchOrder, FailOrder};
pub use message::{CommandError, CommandOrder};
pub(crate) use shard::places;
pub use shard::{OrderShard, shard};

use crate::domain::{Order, OrderId};
use crate::port::StoreError;

/// Jobs a shard has under way, in whatever queue, at most.
pub const JOBS_PER_SHARD: usize = 1_024;

/// How long a caller's command waits for a place before it is told that the order's shard is full.
const PATIENCE: Duration = Duration::from_secs(2);

/// Finds the shard of an order. Cheap to clone.
#[derive(Clone)]
pub struct Orders {
    shards: Arc<[(Ref<OrderShard>, Arc<Semaphore>)]>,
}

/// A delivery was not carried to its answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DispatchError {
    /// The store does not answer: do it again when it does.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The fleet service refused the search, and will again.
    #[error("{0}")]
    Refused(String),
    /// The order's aggregate, or its shard, died over it.
    #[error("the order's aggregate died")]
    Crashed,
}

impl Orders {
    /// A router over these shards.
    pub fn new(shards: Vec<Ref<OrderShard>>) -> Self {
        let bounded = |shard| (shard, Arc::new(Semaphore::new(JOBS_PER_SHARD)));
        Self { shards: shards.into_iter().map(bounded).collect() }
    }

    /// Jobs that can be taken on before somebody waits.
    pub fn room(&self) -> usize {
        self.shards.iter().map(|(_, places)| places.available_permits()).sum()
    }

    /// Carries out a command, search included, or says within `deadline` that it cannot tell.
    pub async fn command(&self, request: CommandOrder, deadline: Duration) -> Result<Order, CommandError> {
        let deadline = Instant::now() + deadline;
        let (sender, receiver) = oneshot::channel();
        let id = request.id.clone();
        let sent = self.send(&id, Work::Command(Box::new(request), sender));
        match timeout_at(deadline.min(Instant::now() + PATIENCE), sent).await {
            Err(_) => return Err(CommandError::Overloaded),
            Ok(Err(error)) => return Err(CommandError::Unavailable(error.to_string())),
            Ok(Ok(())) => {}
        }
        match timeout_at(deadline, receiver).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(CommandError::Unavailable("the order's aggregate died".into())),
            Err(_) => Err(CommandError::Unavailable("no answer in time".into())),
        }
    }

    /// Carries a delivery to its answer.
    pub async fn dispatch(&self, request: DispatchOrder) -> Result<(), DispatchError> {
        let (sender, receiver) = oneshot::channel();
        let id = request.job.order.id.clone();
        self.deliver(&id, Work::Dispatch(Box::new(request), sender), receiver).await
    }

    /// Answers a delivery whose try failed.
    pub async fn fail(&self, request: FailOrder) -> Result<(), DispatchError> {
        let (sender, receiver) = oneshot::channel();
        let id = request.envelope.order_id.clone();
        self.deliver(&id, Work::Fail(Box::new(request), sender), receiver).await
    }

    async fn deliver(
        &self,
        id: &OrderId,
        work: Work,
        answer: oneshot::Receiver<Result<(), DispatchError>>,
    ) -> Result<(), DispatchError> {
        self.send(id, work).await.map_err(|_| DispatchError::Crashed)?;
        answer.await.map_err(|_| DispatchError::Crashed)?
    }

    async fn send(&self, id: &OrderId, work: Work) -> Result<(), AskError> {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let (shard, places) = &self.shards[hasher.finish() as usize % self.shards.len()];
        let permit = places.clone().acquire_owned().await.map_err(|_| AskError::Closed)?;
        let message = Job { work, span: Span::current(), permit };
        shard.tell(To { key: id.clone(), message }).await.map_err(|_| AskError::Closed)
    }
}
