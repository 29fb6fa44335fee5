//! Publishing with confirms.
//!
//! One connection, one channel, and one task that owns both. A publish becomes a publish with a permit of the window in it;
//! the permit comes back when the broker has answered, or when nobody can say any more. So what is in flight is bounded,
//! also while the broker does not take anything: then publishes run out of time, each with the outcome `Unknown`.

mod flight;
mod outbound;
mod session;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};
use tropa_contract::domain::Envelope;
use tropa_contract::port::{Confirm, PublishOutcome};

use super::address::Address;
use outbound::Outbound;

/// Windows beyond this bring nothing, and cost memory while the broker stalls.
const WINDOW_MAX: usize = 10_000;

/// One publish on its way.
struct Publish {
    envelope: Envelope,
    deadline: Instant,
    reply: oneshot::Sender<PublishOutcome>,
    _room: OwnedSemaphorePermit,
}

impl Publish {
    /// Whether nobody waits for its outcome any more.
    fn is_late(&self) -> bool {
        self.reply.is_closed() || self.deadline <= Instant::now()
    }
}

/// How publishing stands, for those who wait for room.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    Good,
    /// The broker is there and takes nothing: memory or disk alarm.
    Blocked(String),
    Away(String),
    Closed,
}

impl Condition {
    fn trouble(&self) -> Option<String> {
        match self {
            Self::Good => None,
            Self::Blocked(reason) => Some(format!("broker blocks publishing: {reason}")),
            Self::Away(reason) => Some(format!("broker unavailable: {reason}")),
            Self::Closed => Some("the broker was closed".to_owned()),
        }
    }
}

/// Takes envelopes, gives confirmations.
pub(super) struct Publisher {
    publishes: mpsc::UnboundedSender<Publish>,
    window: Arc<Semaphore>,
    timeout: Duration,
    condition: watch::Receiver<Condition>,
    stop: watch::Sender<bool>,
    /// Taken by the first publish: a constructor has no runtime to start a task on.
    outbound: Mutex<Option<Outbound>>,
}

impl Publisher {
    pub fn new(address: Address, name: String, window: usize, timeout: Duration) -> Self {
        let (publishes, posted) = mpsc::unbounded_channel();
        let (told, condition) = watch::channel(Condition::Away("not connected yet".to_owned()));
        let stop = watch::Sender::new(false);
        let outbound = Outbound::new(address, name, timeout, posted, told, stop.subscribe());
        let window = Arc::new(Semaphore::new(window.clamp(1, WINDOW_MAX)));
        Self { publishes, window, timeout, condition, stop, outbound: Mutex::new(Some(outbound)) }
    }

    fn start(&self) {
        let outbound = self.outbound.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(outbound) = outbound {
            tokio::spawn(outbound.run());
        }
    }

    /// Publishes in order; a confirmation each.
    pub async fn publish(&self, batch: Vec<Envelope>) -> Vec<Confirm> {
        self.start();
        let deadline = Instant::now() + self.timeout;
        let mut confirms = Vec::with_capacity(batch.len());
        for envelope in batch {
            confirms.push(match self.room(deadline).await {
                Ok(room) => self.post(envelope, room),
                Err(reason) => std::future::ready(PublishOutcome::Unknown(reason)).boxed(),
            });
        }
        confirms
    }

    /// A place in the window. While the broker is in trouble nobody waits for one: whoever relays has other things to do.
    async fn room(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, String> {
        let mut condition = self.condition.clone();
        if *condition.borrow() == Condition::Closed {
            return Err("the broker was closed".to_owned());
        }
        if let Ok(room) = self.window.clone().try_acquire_owned() {
            return Ok(room);
        }
        tokio::select! {
            room = timeout_at(deadline, self.window.clone().acquire_owned()) => match room {
                Ok(Ok(room)) => Ok(room),
                _ => Err("the broker's window stayed full".to_owned()),
            },
            trouble = condition.wait_for(|condition| condition.trouble().is_some()) => {
                Err(trouble.ok().and_then(|condition| condition.trouble()).unwrap_or_default())
            }
        }
    }

    fn post(&self, envelope: Envelope, room: OwnedSemaphorePermit) -> Confirm {
        let deadline = Instant::now() + self.timeout;
        let (reply, outcome) = oneshot::channel();
        let posted = self.publishes.send(Publish { envelope, deadline, reply, _room: room });
        if posted.is_err() {
            return std::future::ready(PublishOutcome::Unknown("the broker was closed".to_owned())).boxed();
        }
        let (condition, patience) = (self.condition.clone(), self.timeout);
        async move {
            if let Ok(Ok(outcome)) = timeout_at(deadline, outcome).await {
                return outcome;
            }
            let trouble = condition.borrow().trouble();
            PublishOutcome::Unknown(trouble.unwrap_or_else(|| format!("not confirmed within {patience:?}")))
        }
        .boxed()
    }

    /// Takes no more, waits for what is in flight, and says goodbye.
    pub async fn close(&self) {
        self.start();
        self.stop.send_replace(true);
        let mut condition = self.condition.clone();
        // Bounded by the task itself.
        let _ = condition.wait_for(|condition| *condition == Condition::Closed).await;
    }
}
