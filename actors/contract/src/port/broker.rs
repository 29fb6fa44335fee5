//! The transport of events: publish with confirms, consume with prefetch, settle by hand.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use crate::domain::{Envelope, EventId};

/// What a publish came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishOutcome {
    /// The broker has it (the in-process one: its consumer has settled it).
    Confirmed,
    /// No queue is bound to its topic: the broker gave it back.
    Returned(String),
    /// Refused, timed out, or the channel was lost: it may or may not have it.
    Unknown(String),
}

/// Resolves to the outcome of one publish, within a bounded time.
pub type Confirm = BoxFuture<'static, PublishOutcome>;

/// A queue one can consume from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    /// `orders.dispatch`: topics that are [work](crate::domain::Topic::is_work).
    Dispatch,
    /// `orders.parking`: messages rejected, or delivered too often.
    Parking,
}

/// Why the broker could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// It cannot be reached.
    #[error("broker unavailable: {0}")]
    Unavailable(String),
    /// The delivery belongs to a channel that is gone: it will be redelivered.
    #[error("delivery is stale")]
    Stale,
}

/// A message that is no [`Envelope`].
#[derive(Clone, Debug, PartialEq)]
pub struct Malformed {
    /// Why not.
    pub error: String,
    /// The message id, when it had one.
    pub event_id: Option<EventId>,
    /// The routing key.
    pub topic: String,
    /// The body, as text.
    pub payload: String,
    /// The headers.
    pub headers: BTreeMap<String, String>,
}

/// Ends a delivery. Dropping it without a word requeues the message.
#[async_trait]
pub trait Settle: Send {
    /// Processed: forget it.
    async fn ack(self: Box<Self>) -> Result<(), BrokerError>;
    /// Give it to somebody, again.
    async fn requeue(self: Box<Self>) -> Result<(), BrokerError>;
    /// Never again: to the parking queue.
    async fn reject(self: Box<Self>) -> Result<(), BrokerError>;
}

/// A message in the hands of a consumer.
pub struct Delivery {
    /// What it says. Boxed: deliveries move through futures.
    pub message: Result<Box<Envelope>, Box<Malformed>>,
    /// How often it was delivered before.
    pub redeliveries: u32,
    /// How it ends.
    pub settle: Box<dyn Settle>,
}

/// A consumer's stream of deliveries. Dropping it cancels the consumer; unsettled deliveries stay valid.
#[async_trait]
pub trait Subscription: Send {
    /// The next delivery; `None` when the subscription is lost and must be made anew. Cancel-safe.
    async fn next(&mut self) -> Option<Delivery>;

    /// Changes how many unsettled deliveries this consumer may hold. At least 1.
    fn set_prefetch(&mut self, prefetch: u16);
}

/// The broker.
#[async_trait]
pub trait Broker: Send + Sync + 'static {
    /// Publishes a batch, pipelined; a confirmation each, in the batch's order. Waits while the broker's window is full.
    async fn publish(&self, batch: Vec<Envelope>) -> Vec<Confirm>;

    /// Starts a consumer that holds at most `prefetch` unsettled deliveries.
    async fn subscribe(
        &self,
        queue: Queue,
        consumer: &str,
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BrokerError>;

    /// Messages in the queue that no consumer holds.
    async fn ready(&self, queue: Queue) -> Result<u64, BrokerError>;

    /// Whether nothing waits in the queue. False also when the broker cannot tell, as it may be when nobody consumes.
    async fn is_idle(&self, queue: Queue) -> Result<bool, BrokerError>;
}
