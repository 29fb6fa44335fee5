//! RabbitMQ behind the [`Broker`] port: quorum queues, publisher confirms, prefetch. Works on 3.10 and is written for 4.x.
//!
//! Two connections, one for publishing and one for consuming, each made when it is needed and made again when it is lost.
//! Nothing here waits for a broker without a limit. A stalled one is noticed by its heartbeat within 10 s.
//!
//! What ends a subscription (channel error, lost connection, deleted queue, acknowledgement timeout) ends its stream; the
//! consumer subscribes anew, which declares whatever is missing.

mod address;
mod consuming;
mod examine;
mod link;
mod message;
mod publisher;
mod subscription;
mod topology;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tropa_contract::domain::Envelope;
use tropa_contract::port::{Broker, BrokerError, Confirm, Queue, Subscription};

use address::Address;
pub use address::ConnectError;
use consuming::Consuming;
pub use examine::Examined;
use publisher::Publisher;

/// How the broker is reached and used.
#[derive(Clone, Debug)]
pub struct Options {
    /// `amqp://` or `amqps://`, with the vhost as its path (percent-encoded); none is `/`. The query may set `heartbeat`
    /// (seconds), `frame_max` and `channel_max`.
    pub url: String,
    /// A PEM file of authorities that may vouch for the server, besides the system's own.
    pub ca: Option<PathBuf>,
    /// Publishes in flight at most, 1–1000. Most is gained up to 200.
    pub window: usize,
    /// A publish that is not confirmed by then is reported as unknown. Shorter than the outbox's lease.
    pub timeout: Duration,
    /// The name of this process among its siblings, for connections and consumers.
    pub instance: String,
}

/// RabbitMQ. Clones share its connections.
#[derive(Clone)]
pub struct RabbitBroker(Arc<Inner>);

struct Inner {
    publisher: Publisher,
    consuming: Consuming,
}

impl RabbitBroker {
    /// A broker that connects when it is used. Fails only for what no server can cure: a URL that is none, a file of
    /// authorities that cannot be read.
    pub fn new(options: Options) -> Result<Self, ConnectError> {
        let Options { url, ca, window, timeout, instance } = options;
        let address = Address::new(&url, ca.as_deref())?;
        let name = format!("tropa {instance} publishing");
        let publisher = Publisher::new(address.clone(), name, window, timeout);
        Ok(Self(Arc::new(Inner { publisher, consuming: Consuming::new(address, instance) })))
    }

    /// Takes nothing more, waits until what is in flight is answered (`timeout` at most), ends all subscriptions and says
    /// goodbye. What a consumer has not settled goes back to its queue.
    pub async fn close(&self) {
        tokio::join!(self.0.publisher.close(), self.0.consuming.close());
    }
}

#[async_trait]
impl Broker for RabbitBroker {
    async fn publish(&self, batch: Vec<Envelope>) -> Vec<Confirm> {
        self.0.publisher.publish(batch).await
    }

    async fn subscribe(
        &self,
        queue: Queue,
        consumer: &str,
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BrokerError> {
        self.0.consuming.subscribe(queue, consumer, prefetch).await
    }

    async fn ready(&self, queue: Queue) -> Result<u64, BrokerError> {
        Ok(self.0.consuming.look(queue).await?.ready)
    }

    async fn is_idle(&self, queue: Queue) -> Result<bool, BrokerError> {
        let seen = self.0.consuming.look(queue).await?;
        // Who asks a quorum queue whose leader is busy is told after 250 ms that there are no messages, and no consumers.
        Ok(seen.ready == 0 && seen.consumers > 0)
    }
}
