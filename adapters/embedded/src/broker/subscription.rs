//! A consumer's view of a queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::sync::Notify;
use tropa_contract::port::{Delivery, Queue, Subscription};

use super::settle::Unsettled;
use super::{Inner, Message};

/// What a consumer holds; its deliveries outlive the subscription.
pub(super) struct Hands {
    unsettled: AtomicUsize,
    freed: Notify,
}

impl Hands {
    pub(super) fn free_one(&self) {
        self.unsettled.fetch_sub(1, Ordering::AcqRel);
        self.freed.notify_one();
    }
}

/// Consumers pull: a message stays in the queue until one with room asks for it, so a busy consumer hoards nothing.
/// Those that wait are served in the order in which they began to.
pub(super) struct QueueSubscription {
    broker: Arc<Inner>,
    queue: Queue,
    prefetch: usize,
    hands: Arc<Hands>,
}

enum Next {
    Message(Message),
    NothingThere,
    Closed,
}

impl QueueSubscription {
    pub(super) fn new(broker: Arc<Inner>, queue: Queue, prefetch: u16) -> Self {
        let hands = Arc::new(Hands { unsettled: AtomicUsize::new(0), freed: Notify::new() });
        Self { broker, queue, prefetch: usize::from(prefetch.max(1)), hands }
    }

    fn take(&self) -> Next {
        let mut queues = self.broker.queues();
        if queues.closed {
            return Next::Closed;
        }
        let queue = queues.of(self.queue);
        let Some(message) = queue.pop_front() else { return Next::NothingThere };
        let more = !queue.is_empty();
        drop(queues);
        self.hands.unsettled.fetch_add(1, Ordering::AcqRel);
        if more {
            self.broker.arrived(self.queue).notify_one();
        }
        Next::Message(message)
    }

    fn deliver(&self, message: Message) -> Delivery {
        Delivery {
            // The envelope is kept for a redelivery; handing out a copy is what that costs.
            message: Ok(message.envelope.clone()),
            redeliveries: message.redeliveries,
            settle: Box::new(Unsettled::new(self.broker.clone(), self.queue, self.hands.clone(), message)),
        }
    }
}

#[async_trait]
impl Subscription for QueueSubscription {
    async fn next(&mut self) -> Option<Delivery> {
        loop {
            if self.hands.unsettled.load(Ordering::Acquire) >= self.prefetch {
                self.hands.freed.notified().await;
                continue;
            }
            // Listening starts before looking, and a `Notified` that is dropped passes its wake on: so no message is
            // left lying between a consumer that was cancelled and one that sleeps.
            let broker = self.broker.clone();
            let mut arrived = std::pin::pin!(broker.arrived(self.queue).notified());
            arrived.as_mut().enable();
            match self.take() {
                Next::Message(message) => return Some(self.deliver(message)),
                Next::Closed => return None,
                Next::NothingThere => arrived.await,
            }
        }
    }

    fn set_prefetch(&mut self, prefetch: u16) {
        self.prefetch = usize::from(prefetch.max(1));
    }
}
