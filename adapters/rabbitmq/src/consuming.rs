//! The connection of the consumers, apart from the publisher's: a memory alarm stops everything on a connection that
//! publishes, and acknowledgements must flow on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lapin::Channel;
use lapin::options::{BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tropa_contract::port::{BrokerError, Queue, Subscription};

use super::address::Address;
use super::link::{Link, reason};
use super::subscription::{self, OwnChannel};
use super::topology;

/// Connecting, declaring, consuming: each step is bounded by itself; this is for all of them.
const SUBSCRIBE: Duration = Duration::from_secs(10);

/// How long a queue may take to say how long it is.
const ASK: Duration = Duration::from_secs(5);

/// All consumers lose the connection at once and come back at once. After a failed try the others do not try as well.
const PAUSE: Duration = Duration::from_millis(200);

/// A name as a part of a consumer tag: the tag may have 255 bytes.
const NAME_MAX: usize = 80;

/// A queue, seen from outside.
pub(super) struct Seen {
    /// Messages that no consumer holds.
    pub ready: u64,
    pub consumers: u64,
}

/// Connects when somebody needs it.
pub(super) struct Consuming {
    address: Address,
    instance: String,
    state: Mutex<State>,
    last_consumer: AtomicU64,
}

#[derive(Default)]
struct State {
    link: Option<Arc<Link>>,
    failed: Option<(Instant, String)>,
    closed: bool,
}

impl Consuming {
    pub fn new(address: Address, instance: String) -> Self {
        Self { address, instance, state: Mutex::default(), last_consumer: AtomicU64::new(0) }
    }

    async fn link(&self) -> Result<Arc<Link>, String> {
        let mut state = self.state.lock().await;
        if state.closed {
            return Err("the broker was closed".to_owned());
        }
        if let Some(link) = state.link.as_ref().filter(|link| link.is_up()) {
            return Ok(link.clone());
        }
        if let Some((_, error)) = state.failed.as_ref().filter(|(at, _)| at.elapsed() < PAUSE) {
            return Err(error.clone());
        }
        state.link = None;
        match Link::connect(&self.address, &format!("tropa {} consuming", self.instance)).await {
            Ok(link) => Ok(state.link.insert(Arc::new(link)).clone()),
            Err(error) => {
                state.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn channel(&self) -> Result<OwnChannel, String> {
        let link = self.link().await?;
        let channel = link.create_channel().await.map_err(|error| reason(&error))?;
        Ok(OwnChannel { channel, link })
    }

    pub async fn subscribe(
        &self,
        queue: Queue,
        consumer: &str,
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BrokerError> {
        let prefetch = prefetch.max(1);
        let number = self.last_consumer.fetch_add(1, Ordering::Relaxed);
        let tag = format!("{}.{}.{number}", short(&self.instance), short(consumer));
        let subscribe = async {
            let hold = self.channel().await?;
            topology::declare(&hold.channel).await.map_err(|error| reason(&error))?;
            let stream =
                consume(&hold.channel, queue, &tag, prefetch).await.map_err(|error| reason(&error))?;
            Ok(subscription::start(hold, stream, queue, tag, prefetch))
        };
        let subscribed = bounded(SUBSCRIBE, subscribe).await?;
        tracing::debug!(consumer, ?queue, prefetch, "subscribed");
        Ok(Box::new(subscribed))
    }

    /// What is in the queue, and who is there.
    pub async fn look(&self, queue: Queue) -> Result<Seen, BrokerError> {
        let ask = async {
            let hold = self.channel().await?;
            let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
            // A channel of its own, because a queue that is not there costs the channel that asked for it.
            let told =
                hold.channel.queue_declare(topology::name(queue).into(), passive, FieldTable::default());
            let told = told.await.map_err(|error| reason(&error))?;
            Ok(Seen { ready: told.message_count().into(), consumers: told.consumer_count().into() })
        };
        bounded(ASK, ask).await
    }

    /// Ends every subscription; what was unsettled goes back to its queue.
    pub async fn close(&self) {
        let link = {
            let mut state = self.state.lock().await;
            state.closed = true;
            state.link.take()
        };
        if let Some(link) = link {
            link.close().await;
        }
    }
}

/// Starts a consumer that may hold `prefetch` messages.
///
/// The limit is per consumer (`global = false`): quorum queues know no other, and RabbitMQ 4.3 refuses it. It applies to
/// consumers that start after it was set, never to one that runs.
pub(super) async fn consume(
    channel: &Channel,
    queue: Queue,
    tag: &str,
    prefetch: u16,
) -> lapin::Result<lapin::Consumer> {
    channel.basic_qos(prefetch, BasicQosOptions { global: false }).await?;
    let (queue, options) = (topology::name(queue).into(), BasicConsumeOptions::default());
    channel.basic_consume(queue, tag.into(), options, FieldTable::default()).await
}

async fn bounded<T>(
    limit: Duration,
    step: impl Future<Output = Result<T, String>>,
) -> Result<T, BrokerError> {
    let outcome = timeout(limit, step).await.unwrap_or_else(|_| Err(format!("no answer within {limit:?}")));
    outcome.map_err(BrokerError::Unavailable)
}

fn short(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME_MAX)]
}
