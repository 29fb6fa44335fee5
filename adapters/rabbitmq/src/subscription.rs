//! A consumer's view of a queue.
//!
//! A task (the pump) owns the channel; this side counts what it hands out. The broker knows a prefetch of its own, set when
//! the consumer starts: never less than ours, and equal to it as long as ours does not fall.

mod pump;
mod settle;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lapin::{Acker, Channel};
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;
use tropa_contract::port::{Delivery, Queue, Subscription};

use super::link::Link;
use super::message;
use pump::Pump;
use settle::Unsettled;

/// How long a channel that nobody needs any more may take to close.
const CLOSE: Duration = Duration::from_secs(5);

/// A channel of its own, and the connection it needs. Dropping it closes the channel: a consumer whose start was not awaited
/// to its end would live on at the broker, with messages that nobody takes.
pub(super) struct OwnChannel {
    pub channel: Channel,
    pub link: Arc<Link>,
}

impl Drop for OwnChannel {
    fn drop(&mut self) {
        // Outside of a runtime the process is about to end, and its connections with it.
        let Ok(runtime) = Handle::try_current() else { return };
        if self.channel.status().connected() {
            let (channel, link) = (self.channel.clone(), self.link.clone());
            runtime.spawn(async move {
                let _ = timeout(CLOSE, channel.close(200, "dropped".into())).await;
                drop(link);
            });
        }
    }
}

/// What a consumer does not settle itself goes back through the pump: whoever drops a delivery cannot wait.
enum GivenBack {
    /// Somebody had it and did not finish: this counts against the delivery limit.
    Dropped(Acker),
    /// Nobody saw it.
    Unseen(Acker),
}

/// What a subscription and its deliveries share; the deliveries outlive it.
struct Hands {
    unsettled: AtomicUsize,
    freed: Notify,
    given_back: mpsc::UnboundedSender<GivenBack>,
}

impl Hands {
    fn free_one(&self) {
        self.unsettled.fetch_sub(1, Ordering::AcqRel);
        self.freed.notify_one();
    }
}

pub(super) struct QueueSubscription {
    queue: Queue,
    hands: Arc<Hands>,
    prefetch: watch::Sender<u16>,
    arrived: mpsc::UnboundedReceiver<lapin::message::Delivery>,
    lost: watch::Receiver<bool>,
}

/// Starts the pump of a consumer that was made on `hold`.
pub(super) fn start(
    hold: OwnChannel,
    stream: lapin::Consumer,
    queue: Queue,
    tag: String,
    prefetch: u16,
) -> QueueSubscription {
    let (given_back, returning) = mpsc::unbounded_channel();
    let (arriving, arrived) = mpsc::unbounded_channel();
    let (losing, lost) = watch::channel(false);
    let (prefetch, wanted) = watch::channel(prefetch);
    let pump = Pump::new(hold, queue, tag, wanted, losing);
    tokio::spawn(pump.run(stream, arriving, returning));
    let hands = Arc::new(Hands { unsettled: AtomicUsize::new(0), freed: Notify::new(), given_back });
    QueueSubscription { queue, hands, prefetch, arrived, lost }
}

/// Resolves when the channel is lost, and when the pump died without saying so.
async fn told(lost: &mut watch::Receiver<bool>) {
    let _ = lost.wait_for(|lost| *lost).await;
}

impl QueueSubscription {
    fn has_room(&self) -> bool {
        self.hands.unsettled.load(Ordering::Acquire) < usize::from(*self.prefetch.borrow())
    }

    fn deliver(&self, mut raw: lapin::message::Delivery) -> Delivery {
        self.hands.unsettled.fetch_add(1, Ordering::AcqRel);
        let redeliveries = message::redeliveries(&raw);
        let message = message::decode(&mut raw);
        let settle = Box::new(Unsettled::new(raw.acker, self.queue, self.hands.clone()));
        Delivery { message, redeliveries, settle }
    }
}

#[async_trait]
impl Subscription for QueueSubscription {
    async fn next(&mut self) -> Option<Delivery> {
        loop {
            let has_room = self.has_room();
            let arrived = tokio::select! {
                biased;
                // What is still here came over a channel that is gone: nothing of it could be settled.
                () = told(&mut self.lost) => None,
                raw = self.arrived.recv(), if has_room => raw,
                () = self.hands.freed.notified(), if !has_room => continue,
            };
            return arrived.map(|raw| self.deliver(raw));
        }
    }

    fn set_prefetch(&mut self, prefetch: u16) {
        let prefetch = prefetch.max(1);
        self.prefetch.send_if_modified(|now| std::mem::replace(now, prefetch) != prefetch);
    }
}

impl Drop for QueueSubscription {
    fn drop(&mut self) {
        self.arrived.close();
        while let Ok(raw) = self.arrived.try_recv() {
            // A pump that is gone has lost its channel, and the broker gives everything to somebody else.
            let _ = self.hands.given_back.send(GivenBack::Unseen(raw.acker));
        }
    }
}
