//! The task that keeps the publishing connection.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tropa_contract::port::{Backoff, Jitter};

use super::session::{End, Session};
use super::{Condition, Publish};
use crate::address::Address;

/// How often publishes nobody waits for are thrown away while the broker is not there.
const SWEEP: Duration = Duration::from_millis(250);

/// Between connections. A try costs little, and what waits for the broker waits for this as well. One that held for ten seconds
/// was a good one.
const RECONNECT: Backoff = Backoff {
    initial: Duration::from_millis(100),
    max: Duration::from_millis(500),
    reset_after: Duration::from_secs(10),
};

/// Connects, serves, and connects again.
pub(super) struct Outbound {
    pub address: Address,
    pub name: String,
    pub timeout: Duration,
    publishes: mpsc::UnboundedReceiver<Publish>,
    pub waiting: VecDeque<Publish>,
    pub condition: watch::Sender<Condition>,
    pub stop: watch::Receiver<bool>,
}

impl Outbound {
    pub fn new(
        address: Address,
        name: String,
        timeout: Duration,
        publishes: mpsc::UnboundedReceiver<Publish>,
        condition: watch::Sender<Condition>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self { address, name, timeout, publishes, waiting: VecDeque::new(), condition, stop }
    }

    /// Runs until told to stop, or until nobody can publish any more.
    pub async fn run(mut self) {
        let mut pauses = RECONNECT.pauses(Jitter::Half);
        let mut told = false;
        while !*self.stop.borrow() && !self.publishes.is_closed() {
            let begun = Instant::now();
            let (address, name) = (self.address.clone(), self.name.clone());
            let Some(connected) = self.meanwhile(Session::open(&address, &name)).await else { break };
            let end = match connected {
                Ok(session) => {
                    told = false;
                    self.condition.send_replace(Condition::Good);
                    session.serve(&mut self).await
                }
                Err(error) => End::Lost(error),
            };
            let End::Lost(error) = end else { break };
            // Said once, not at every try.
            if !std::mem::replace(&mut told, true) {
                tracing::warn!(error, "cannot publish");
            }
            self.condition.send_replace(Condition::Away(error));
            let pause = pauses.after(begun.elapsed());
            if self.meanwhile(sleep_until(Instant::now() + pause)).await.is_none() {
                break;
            }
        }
        // Those who wait hear of it before the publishes they wrote are dropped.
        self.condition.send_replace(Condition::Closed);
    }

    /// Waits for `step`; what comes in meanwhile is kept, and what nobody waits for is thrown away. `None` when told to
    /// stop.
    async fn meanwhile<T>(&mut self, step: impl Future<Output = T>) -> Option<T> {
        let mut step = std::pin::pin!(step);
        let mut sweep = tokio::time::interval(SWEEP);
        let mut told = self.stop.clone();
        loop {
            tokio::select! {
                done = &mut step => return Some(done),
                _ = told.wait_for(|stop| *stop) => return None,
                received = self.receive() => if !received { return None },
                _ = sweep.tick() => self.waiting.retain(|publish| !publish.is_late()),
            }
        }
    }

    /// Waits for publishes and keeps them. False when nobody can send any. Cancel-safe.
    pub async fn receive(&mut self) -> bool {
        let Some(publish) = self.publishes.recv().await else { return false };
        self.waiting.push_back(publish);
        while let Ok(publish) = self.publishes.try_recv() {
            self.waiting.push_back(publish);
        }
        true
    }
}
