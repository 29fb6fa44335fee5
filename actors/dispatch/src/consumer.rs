//! The `Consumer` actor: carries deliveries to their answer. The consumer pool is a supervisor over some of these.
//!
//! Owns one subscription to `orders.dispatch`, and the deliveries it has not settled. A delivery is acknowledged only when
//! its inbox row is committed; a consumer that dies drops its deliveries, and the broker gives them to somebody else. The
//! prefetch follows the room in the order shards: that is the backpressure.

mod delivery;
mod release;

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;
use tropa_supervision::{Context, Ref};

pub use delivery::Worker;
pub(crate) use delivery::unreadable;

use crate::duty::Shift;
use crate::port::{Broker, Queue, Subscription};

/// How often the prefetch is set anew.
const ADJUST: Duration = Duration::from_millis(100);

/// First wait after a failed subscription; doubles up to [`RESUBSCRIBE_MAX`].
const RESUBSCRIBE: Duration = Duration::from_millis(50);
const RESUBSCRIBE_MAX: Duration = Duration::from_millis(500);

/// How long a consumer that must go finishes what it holds. Enough for what moves; what does not move waits for a sibling
/// that is gone, and that sibling is only started again when the last consumer has left. The rest is requeued.
const FINISH: Duration = Duration::from_millis(250);

/// Says how the subscription is. Sent by the consumer to itself.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Condition(Option<String>);

/// A worker on the dispatch queue.
pub struct Consumer {
    name: String,
    broker: Arc<dyn Broker>,
    worker: Arc<Worker>,
    stop: watch::Sender<bool>,
    finished: bool,
}

impl Consumer {
    /// A consumer called `name` at the broker.
    pub fn new(name: String, broker: Arc<dyn Broker>, worker: Arc<Worker>) -> Self {
        Self { name, broker, worker, stop: watch::Sender::new(false), finished: false }
    }
}

/// Deliveries on their way to their answer.
type Working = FuturesUnordered<BoxFuture<'static, ()>>;

struct Intake {
    name: String,
    broker: Arc<dyn Broker>,
    worker: Arc<Worker>,
    me: Ref<Consumer>,
    stop: watch::Receiver<bool>,
    shift: Shift,
}

impl Intake {
    /// Subscribes until it works, and carries on with what is in hand; `None` when told to stop, or to leave.
    async fn subscribe(&mut self, working: &mut Working) -> Option<Box<dyn Subscription>> {
        let (broker, name, worker, me) = (&self.broker, &self.name, &self.worker, &self.me);
        let subscribed = async {
            let mut wait = RESUBSCRIBE;
            loop {
                match broker.subscribe(Queue::Dispatch, name, worker.prefetch()).await {
                    Ok(subscription) => {
                        me.control(Condition(None));
                        return subscription;
                    }
                    Err(error) => {
                        me.control(Condition(Some(error.to_string())));
                    }
                }
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(RESUBSCRIBE_MAX);
            }
        };
        tokio::pin!(subscribed);
        loop {
            tokio::select! {
                biased;
                () = told(&mut self.stop) => return None,
                () = self.shift.ends() => return None,
                subscription = &mut subscribed => return Some(subscription),
                Some(()) = working.next() => {}
            }
        }
    }

    /// Works shift after shift until told to stop.
    async fn run(mut self) {
        while self.begin().await {
            let on_duty = self.worker.duty.consuming();
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
            self.me.control(Condition(Some("drained".to_owned())));
        }
        tokio::select! {
            biased;
            () = told(&mut self.stop) => false,
            () = self.shift.begins() => true,
        }
    }

    /// Works until told to stop or to leave, then finishes what is in hand.
    async fn work(&mut self) {
        let mut working = Working::new();
        // With each lost subscription the broker counts anew; what came by the ones before is in hand still.
        let most = usize::from(self.worker.settings.prefetch.max(1));
        let mut adjust = tokio::time::interval(ADJUST);
        adjust.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while let Some(mut subscription) = self.subscribe(&mut working).await {
            let mut adjusted = false;
            loop {
                // Who has nothing in hand need not be woken to hear how much more it may take; the next delivery is soon enough.
                let idle = working.is_empty() && adjusted;
                tokio::select! {
                    biased;
                    () = told(&mut self.stop) => {
                        drop(subscription);
                        let finish = async { while working.next().await.is_some() {} };
                        let _ = tokio::time::timeout(FINISH, finish).await;
                        return;
                    }
                    () = self.shift.ends() => {
                        drop(subscription);
                        return self.finish(working).await;
                    }
                    Some(()) = working.next() => {}
                    delivery = subscription.next(), if working.len() < most => match delivery {
                        Some(delivery) => working.push(self.worker.clone().carry(delivery).boxed()),
                        None => break,
                    },
                    _ = adjust.tick(), if !idle => {
                        subscription.set_prefetch(self.worker.prefetch());
                        adjusted = true;
                    }
                }
            }
        }
        self.finish(working).await;
    }

    /// Finishes what is in hand, however long it takes; when told to stop it is left to the broker.
    async fn finish(&mut self, mut working: Working) {
        tokio::select! {
            biased;
            () = told(&mut self.stop) => {}
            () = async { while working.next().await.is_some() {} } => {}
        }
    }
}

/// Resolves when told to stop. What `wait_for` returns locks the channel; in the arm of a `select!` it would live as long
/// as the arm, and the next `stopping` would block the thread that has to end it.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

impl Actor for Consumer {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let intake = Intake {
            name: self.name.clone(),
            broker: self.broker.clone(),
            worker: self.worker.clone(),
            me: ctx.me(),
            stop: self.stop.subscribe(),
            shift: self.worker.duty.shift(),
        };
        ctx.spawn(intake.run().into_actor(self).map(|(), consumer, ctx| {
            consumer.finished = true;
            ctx.stop();
        }));
    }

    fn stopping(&mut self, _: &mut Self::Context) -> Running {
        self.stop.send_replace(true);
        if self.finished { Running::Stop } else { Running::Continue }
    }
}

impl Handler<Condition> for Consumer {
    type Result = ();

    fn handle(&mut self, Condition(condition): Condition, ctx: &mut Context<Self>) {
        ctx.note(condition);
    }
}
