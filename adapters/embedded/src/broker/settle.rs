//! How a delivery ends.

use std::sync::Arc;

use async_trait::async_trait;
use tropa_contract::port::{BrokerError, PublishOutcome, Queue, Settle};

use super::subscription::Hands;
use super::{Inner, Message};

/// A message in a consumer's hands. Dropped without a word it goes back: so dies nothing with a consumer.
pub(super) struct Unsettled {
    broker: Arc<Inner>,
    queue: Queue,
    hands: Arc<Hands>,
    /// Taken by whatever settles it.
    message: Option<Message>,
}

impl Unsettled {
    pub(super) fn new(broker: Arc<Inner>, queue: Queue, hands: Arc<Hands>, message: Message) -> Self {
        Self { broker, queue, hands, message: Some(message) }
    }

    fn put_back(&mut self) {
        let Some(mut message) = self.message.take() else { return };
        message.redeliveries += 1;
        let worn_out = message.redeliveries > self.broker.settings.delivery_limit;
        self.put(if worn_out { Queue::Parking } else { self.queue }, message);
    }

    fn put(&self, queue: Queue, message: Message) {
        self.broker.queues().put_back(queue, message);
        self.broker.arrived(queue).notify_one();
    }
}

#[async_trait]
impl Settle for Unsettled {
    async fn ack(mut self: Box<Self>) -> Result<(), BrokerError> {
        if let Some(message) = self.message.take() {
            // A publisher that no longer listens will find the answer in the inbox.
            let _ = message.confirm.send(PublishOutcome::Confirmed);
        }
        Ok(())
    }

    async fn requeue(mut self: Box<Self>) -> Result<(), BrokerError> {
        self.put_back();
        Ok(())
    }

    /// From the parking queue there is nowhere to go: the message stays there.
    async fn reject(mut self: Box<Self>) -> Result<(), BrokerError> {
        if let Some(message) = self.message.take() {
            self.put(Queue::Parking, message);
        }
        Ok(())
    }
}

impl Drop for Unsettled {
    fn drop(&mut self) {
        self.put_back();
        self.hands.free_one();
    }
}
