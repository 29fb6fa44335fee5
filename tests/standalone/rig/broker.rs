//! A broker whose subscriptions can be made to last for one delivery each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use tropa_dispatch::domain::Envelope;
use tropa_dispatch::port::*;
use tropa_embedded::EmbeddedBroker;

/// A broker with a switch.
#[derive(Clone)]
pub struct SwitchedBroker {
    inner: EmbeddedBroker,
    brief: Arc<AtomicBool>,
}

struct SwitchedSubscription {
    inner: Box<dyn Subscription>,
    brief: Arc<AtomicBool>,
    over: bool,
}

impl SwitchedBroker {
    pub fn new(inner: EmbeddedBroker) -> Self {
        Self { inner, brief: Arc::default() }
    }

    /// From now on a subscription is lost after each delivery, or no longer.
    pub fn lose_subscriptions(&self, brief: bool) {
        self.brief.store(brief, Ordering::SeqCst);
    }
}

#[async_trait]
impl Subscription for SwitchedSubscription {
    async fn next(&mut self) -> Option<Delivery> {
        if self.over {
            return None;
        }
        let delivery = self.inner.next().await;
        self.over = self.brief.load(Ordering::SeqCst);
        delivery
    }

    fn set_prefetch(&mut self, prefetch: u16) {
        self.inner.set_prefetch(prefetch);
    }
}

#[async_trait]
impl Broker for SwitchedBroker {
    async fn publish(&self, batch: Vec<Envelope>) -> Vec<Confirm> {
        self.inner.publish(batch).await
    }

    async fn subscribe(
        &self,
        queue: Queue,
        consumer: &str,
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BrokerError> {
        let inner = self.inner.subscribe(queue, consumer, prefetch).await?;
        Ok(Box::new(SwitchedSubscription { inner, brief: self.brief.clone(), over: false }))
    }

    async fn ready(&self, queue: Queue) -> Result<u64, BrokerError> {
        self.inner.ready(queue).await
    }

    async fn is_idle(&self, queue: Queue) -> Result<bool, BrokerError> {
        self.inner.is_idle(queue).await
    }
}
