//! How a delivery ends.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lapin::Acker;
use lapin::options::{BasicAckOptions, BasicRejectOptions};
use tokio::time::timeout;
use tropa_contract::port::{BrokerError, Queue, Settle};

use super::{GivenBack, Hands};

/// An answer is written to the socket by then, or the connection is stuck.
const WRITE: Duration = Duration::from_secs(5);

/// A message in a consumer's hands. Dropped without a word it goes back to its queue.
///
/// Each ends by itself. Closing the channel for one would give all that the consumer holds back, and on RabbitMQ 3.10 each
/// of them would have used up one of its deliveries.
pub(super) struct Unsettled {
    /// Taken by whatever settles it.
    acker: Option<Acker>,
    queue: Queue,
    hands: Arc<Hands>,
}

impl Unsettled {
    pub(super) fn new(acker: Acker, queue: Queue, hands: Arc<Hands>) -> Self {
        Self { acker: Some(acker), queue, hands }
    }

    /// `basic.reject`, because `basic.nack` does not count as a delivery from RabbitMQ 4.3 on: a message that nobody can
    /// finish would come for ever.
    async fn refuse(mut self: Box<Self>, requeue: bool) -> Result<(), BrokerError> {
        let Some(acker) = self.acker.take() else { return Ok(()) };
        settled(acker.reject(BasicRejectOptions { requeue })).await
    }
}

/// lapin says `Ok(false)` when the channel is gone, and an error when it went while it was asked.
async fn settled(answer: impl Future<Output = lapin::Result<bool>>) -> Result<(), BrokerError> {
    match timeout(WRITE, answer).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false) | Err(_)) => Err(BrokerError::Stale),
        Err(_) => Err(BrokerError::Unavailable(format!("an answer was not written within {WRITE:?}"))),
    }
}

#[async_trait]
impl Settle for Unsettled {
    async fn ack(mut self: Box<Self>) -> Result<(), BrokerError> {
        let Some(acker) = self.acker.take() else { return Ok(()) };
        settled(acker.ack(BasicAckOptions::default())).await
    }

    async fn requeue(self: Box<Self>) -> Result<(), BrokerError> {
        self.refuse(true).await
    }

    /// From the parking queue there is nowhere to go: the message stays there.
    async fn reject(self: Box<Self>) -> Result<(), BrokerError> {
        let requeue = self.queue == Queue::Parking;
        self.refuse(requeue).await
    }
}

impl Drop for Unsettled {
    fn drop(&mut self) {
        if let Some(acker) = self.acker.take() {
            let _ = self.hands.given_back.send(GivenBack::Dropped(acker));
        }
        self.hands.free_one();
    }
}
