//! The `Consumer` task: carries deliveries to their answer. The consumer pool is a supervisor over some of these.
//!
//! Owns one subscription to `orders.dispatch`, and the deliveries it has not settled. A delivery is acknowledged only when
//! its inbox row is committed; a consumer that dies drops its deliveries, and the broker gives them to somebody else. The
//! prefetch follows the room in the order shards: that is the backpressure.

mod delivery;
mod release;
mod remembering;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use tropa_supervision::{Backoff, Jitter, Loop, Pulse, Ref, Step, Stop, Task};

pub(crate) use delivery::{End, unreadable};
pub use worker::Worker;

use crate::duty::Shift;
use crate::hands::Hands;
use crate::kit::{Kit, mailbox};
use crate::port::{Broker, Queue, Subscription};

const SHIFT: Step = Step::idle("waiting for its shift");
const SUBSCRIBING: Step = Step::new("subscribing");
const DELIVERY: Step = Step::idle("waiting for a delivery");
const CARRYING: Step = Step::new("carrying deliveries");

/// How often the prefetch is set anew.
const ADJUST: Duration = Duration::from_millis(100);

/// Between subscriptions that fail.
const RESUBSCRIBE: Backoff = Backoff::between(Duration::from_millis(50), Duration::from_millis(500));

/// How long a consumer that must go finishes what it holds. Enough for what moves; what does not move waits for a sibling
/// that is gone, and that sibling is only started again when the last consumer has left. The rest is requeued.
const FINISH: Duration = Duration::from_millis(250);

/// A worker on the dispatch queue.
pub struct Consumer {
    name: String,
    broker: Arc<dyn Broker>,
    worker: Arc<Worker>,
}

impl Consumer {
    /// Those of the pool.
    pub(crate) fn places(kit: &Kit, worker: &Arc<Worker>) -> Vec<Ref<Loop<Self>>> {
        let consumers = 0..kit.settings.consumers.max(1);
        consumers.map(|n| Self::place(kit, n, worker.clone())).collect()
    }

    /// It leaves soon by itself, because all that stands before it in the tree may be waiting for it.
    fn place(kit: &Kit, n: usize, worker: Arc<Worker>) -> Ref<Loop<Self>> {
        let name = format!("consumer-{n}");
        let policy = mailbox(64).shutdown(Duration::from_secs(2)).arbiter(kit.pipeline(n));
        kit.task(name.clone(), policy, move |kit| {
            Self::new(name.clone(), kit.ports.broker.clone(), worker.clone())
        })
    }

    /// A consumer called `name` at the broker.
    pub fn new(name: String, broker: Arc<dyn Broker>, worker: Arc<Worker>) -> Self {
        Self { name, broker, worker }
    }
}

impl Task for Consumer {
    async fn run(self, pulse: Pulse) {
        let (stop, shift) = (pulse.stop(), self.worker.duty.shift());
        Run { consumer: self, pulse, stop, shift }.run().await;
    }
}

/// The loop of one incarnation.
struct Run {
    consumer: Consumer,
    pulse: Pulse,
    stop: Stop,
    shift: Shift,
}

impl Run {
    /// Works shift after shift until told to stop.
    async fn run(mut self) {
        while self.begin().await {
            let on_duty = self.consumer.worker.duty.consuming();
            // Asked again: the drain that sees nobody consume may have begun in between.
            if self.shift.is_on() {
                self.work().await;
            }
            drop(on_duty);
        }
    }

    /// Waits until work may be taken; false when told to stop.
    async fn begin(&mut self) -> bool {
        if !self.shift.is_on() {
            self.pulse.note("drained".to_owned());
        }
        self.pulse.at(SHIFT);
        tokio::select! {
            biased;
            () = self.stop.told() => false,
            () = self.shift.begins() => true,
        }
    }

    /// Subscribes until it works, and carries on with what is in hand; `None` when told to stop, or to leave.
    async fn subscribe(&mut self, hands: &mut Hands<'_>) -> Option<Box<dyn Subscription>> {
        let subscribed = self.consumer.subscribe(&self.pulse);
        tokio::pin!(subscribed);
        loop {
            tokio::select! {
                biased;
                () = self.stop.told() => return None,
                () = self.shift.ends() => return None,
                subscription = &mut subscribed => return Some(subscription),
                Some(()) = hands.next(&self.pulse) => {}
            }
        }
    }

    /// Works until told to stop or to leave, then finishes what is in hand.
    async fn work(&mut self) {
        let worker = self.consumer.worker.clone();
        let mut hands = Hands::new(CARRYING);
        // With each lost subscription the broker counts anew; what came by the ones before is in hand still.
        let most = usize::from(worker.settings.prefetch.max(1));
        let mut adjust = tokio::time::interval(ADJUST);
        adjust.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while let Some(mut subscription) = self.subscribe(&mut hands).await {
            let mut adjusted = false;
            loop {
                if hands.is_empty() {
                    self.pulse.at(DELIVERY);
                }
                // Who has nothing in hand need not be woken to hear how much more it may take; the next delivery is soon enough.
                let idle = hands.is_empty() && adjusted;
                tokio::select! {
                    biased;
                    () = self.stop.told() => {
                        drop(subscription);
                        let _ = tokio::time::timeout(FINISH, hands.finish(&self.pulse)).await;
                        return;
                    }
                    () = self.shift.ends() => {
                        drop(subscription);
                        return self.finish(hands).await;
                    }
                    Some(()) = hands.next(&self.pulse) => {}
                    delivery = subscription.next(), if hands.len() < most => match delivery {
                        Some(delivery) => hands.take(&self.pulse, |sign| worker.clone().carry(delivery, sign)),
                        None => break,
                    },
                    _ = adjust.tick(), if !idle => {
                        subscription.set_prefetch(worker.prefetch());
                        adjusted = true;
                    }
                }
            }
        }
        self.finish(hands).await;
    }

    /// Finishes what is in hand, however long it takes; when told to stop it is left to the broker.
    async fn finish(&mut self, mut hands: Hands<'_>) {
        tokio::select! {
            biased;
            () = self.stop.told() => {}
            () = hands.finish(&self.pulse) => {}
        }
    }
}

impl Consumer {
    /// Tries until it works, and says what keeps it.
    async fn subscribe(&self, pulse: &Pulse) -> Box<dyn Subscription> {
        let mut pauses = RESUBSCRIBE.pauses(Jitter::None);
        loop {
            pulse.at(SUBSCRIBING);
            match self.broker.subscribe(Queue::Dispatch, &self.name, self.worker.prefetch()).await {
                Ok(subscription) => {
                    pulse.note(None);
                    return subscription;
                }
                Err(error) => pulse.note(error.to_string()),
            }
            tokio::time::sleep(pauses.longer()).await;
        }
    }
}
