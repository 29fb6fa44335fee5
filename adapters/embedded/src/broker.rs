//! The in-process broker.
//!
//! A message of work is confirmed when a consumer has settled it, not when it was queued: until then the publisher's
//! outbox row stays unpublished and is the only durable copy. So nothing is lost with the process, and nothing needs
//! to be written here. The same holds for the parking queue: a rejected message is confirmed when it was
//! acknowledged *there*, that is, when it has become a row.

mod audit;
mod settle;
mod subscription;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};
use tropa_contract::domain::Envelope;
use tropa_contract::port::{Broker, BrokerError, Confirm, PublishOutcome, Queue, Subscription};

pub use audit::AuditLog;
use subscription::QueueSubscription;

/// At most this many messages enter the queues in one step.
const CHUNK: usize = 256;

/// How the broker is set up.
#[derive(Clone, Copy, Debug)]
pub struct BrokerSettings {
    /// Messages it holds at most, whether they wait or are in a consumer's hands; at least 1.
    pub capacity: usize,
    /// Deliveries of one message after the first before it is parked.
    pub delivery_limit: u32,
    /// A publish that no consumer has settled by then is reported as unknown. The message stays queued. Shorter than
    /// the outbox's lease, so that the relay that still holds the row hears of it.
    pub confirm_timeout: Duration,
}

impl Default for BrokerSettings {
    fn default() -> Self {
        Self { capacity: 10_000, delivery_limit: 20, confirm_timeout: Duration::from_secs(25) }
    }
}

/// The in-process broker. Clones share its queues.
#[derive(Clone)]
pub struct EmbeddedBroker(Arc<Inner>);

struct Inner {
    settings: BrokerSettings,
    queues: Mutex<Queues>,
    /// Wakes consumers of a queue. One wake per batch: each consumer that takes a message wakes the next while there
    /// are more.
    dispatch_arrived: Notify,
    parking_arrived: Notify,
    /// A permit travels in each message until it is settled: that bounds the broker.
    room: Arc<Semaphore>,
    audit: Option<AuditLog>,
}

#[derive(Default)]
struct Queues {
    dispatch: VecDeque<Message>,
    parking: VecDeque<Message>,
    last_sequence: u64,
    closed: bool,
}

/// A message on its way. Dropping it without `confirm` tells its publisher that the outcome is unknown.
struct Message {
    /// Its place in the queue: what is requeued goes back to it.
    sequence: u64,
    envelope: Box<Envelope>,
    redeliveries: u32,
    confirm: oneshot::Sender<PublishOutcome>,
    _room: OwnedSemaphorePermit,
}

impl EmbeddedBroker {
    /// An empty broker. With an audit log every message is recorded there before a consumer sees it.
    pub fn new(settings: BrokerSettings, audit: Option<AuditLog>) -> Self {
        Self(Arc::new(Inner {
            settings,
            queues: Mutex::default(),
            dispatch_arrived: Notify::new(),
            parking_arrived: Notify::new(),
            room: Arc::new(Semaphore::new(settings.capacity.max(1))),
            audit,
        }))
    }

    /// Ends the broker: subscriptions end, what waits is dropped and its publishers hear `Unknown`. Deliveries in a
    /// consumer's hands can still be acknowledged, and are confirmed then; otherwise they end as unknown, too.
    pub fn close(&self) {
        self.0.room.close();
        let mut queues = self.0.queues();
        queues.closed = true;
        let waiting = (std::mem::take(&mut queues.dispatch), std::mem::take(&mut queues.parking));
        drop(queues);
        drop(waiting);
        self.0.dispatch_arrived.notify_waiters();
        self.0.parking_arrived.notify_waiters();
    }

    /// Publishes as many as fit into one step, in order.
    async fn publish_chunk(&self, chunk: Vec<Envelope>) -> Vec<Confirm> {
        let work = chunk.iter().filter(|e| e.topic.is_work()).count();
        let Ok(mut room) =
            self.0.room.clone().acquire_many_owned(u32::try_from(work).unwrap_or(u32::MAX)).await
        else {
            return chunk.iter().map(|_| settled(closed())).collect();
        };
        if let Some(Err(error)) = self.0.audit.as_ref().map(|audit| audit.record(&chunk)) {
            let outcome = PublishOutcome::Unknown(format!("audit log: {error}"));
            return chunk.iter().map(|_| settled(outcome.clone())).collect();
        }
        let deadline = Instant::now() + self.0.settings.confirm_timeout;
        let mut confirms = Vec::with_capacity(chunk.len());
        let mut queues = self.0.queues();
        for envelope in chunk {
            let permit = if envelope.topic.is_work() { room.split(1) } else { None };
            confirms.push(match permit {
                Some(permit) if !queues.closed => queues.push(envelope, permit, deadline),
                Some(_) => settled(closed()),
                None => settled(PublishOutcome::Confirmed),
            });
        }
        drop(queues);
        if work > 0 {
            self.0.dispatch_arrived.notify_one();
        }
        confirms
    }
}

impl Queues {
    fn push(&mut self, envelope: Envelope, room: OwnedSemaphorePermit, deadline: Instant) -> Confirm {
        let (confirm, outcome) = oneshot::channel();
        self.last_sequence += 1;
        self.dispatch.push_back(Message {
            sequence: self.last_sequence,
            envelope: Box::new(envelope),
            redeliveries: 0,
            confirm,
            _room: room,
        });
        async move {
            match timeout_at(deadline, outcome).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => closed(),
                Err(_) => PublishOutcome::Unknown("no consumer settled it in time".to_owned()),
            }
        }
        .boxed()
    }

    fn of(&mut self, queue: Queue) -> &mut VecDeque<Message> {
        match queue {
            Queue::Dispatch => &mut self.dispatch,
            Queue::Parking => &mut self.parking,
        }
    }

    /// Puts a message back where it was, or into another queue, by its age. After the close it is dropped.
    fn put_back(&mut self, queue: Queue, message: Message) {
        if !self.closed {
            let queue = self.of(queue);
            let place = queue.partition_point(|other| other.sequence < message.sequence);
            queue.insert(place, message);
        }
    }
}

impl Inner {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        // No step under this lock can stop half-way: a panic elsewhere leaves the queues whole.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn arrived(&self, queue: Queue) -> &Notify {
        match queue {
            Queue::Dispatch => &self.dispatch_arrived,
            Queue::Parking => &self.parking_arrived,
        }
    }
}

fn closed() -> PublishOutcome {
    PublishOutcome::Unknown("the broker was closed".to_owned())
}

fn settled(outcome: PublishOutcome) -> Confirm {
    std::future::ready(outcome).boxed()
}

#[async_trait]
impl Broker for EmbeddedBroker {
    async fn publish(&self, batch: Vec<Envelope>) -> Vec<Confirm> {
        // A step larger than the whole room would wait for ever.
        let step = self.0.settings.capacity.clamp(1, CHUNK);
        let mut confirms = Vec::with_capacity(batch.len());
        let mut rest = batch.into_iter();
        loop {
            let chunk: Vec<Envelope> = rest.by_ref().take(step).collect();
            if chunk.is_empty() {
                return confirms;
            }
            confirms.extend(self.publish_chunk(chunk).await);
        }
    }

    async fn subscribe(
        &self,
        queue: Queue,
        consumer: &str,
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BrokerError> {
        if self.0.queues().closed {
            return Err(BrokerError::Unavailable("the broker was closed".to_owned()));
        }
        tracing::debug!(consumer, ?queue, prefetch, "subscribed");
        Ok(Box::new(QueueSubscription::new(self.0.clone(), queue, prefetch)))
    }

    async fn ready(&self, queue: Queue) -> Result<u64, BrokerError> {
        Ok(self.0.queues().of(queue).len() as u64)
    }

    async fn is_idle(&self, queue: Queue) -> Result<bool, BrokerError> {
        Ok(self.0.queues().of(queue).is_empty())
    }
}
