//! The task behind a subscription: it owns the channel and the consumer on it.

use std::time::Duration;

use futures_util::StreamExt;
use lapin::Acker;
use lapin::message::Delivery;
use lapin::options::{BasicCancelOptions, BasicNackOptions, BasicRejectOptions};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};
use tropa_contract::port::Queue;

use super::{GivenBack, OwnChannel};
use crate::consuming::consume;
use crate::link::reason;

/// One step on the channel. A broker that takes longer is taken for lost.
const STEP: Duration = Duration::from_secs(5);

/// How often the pump looks whether its channel is still one, and whether a prefetch has become too large.
const LOOK: Duration = Duration::from_millis(500);

/// A prefetch that is at least twice too large for this long is made smaller. Until then messages of others may lie here;
/// after it, growing again costs another consumer.
const SHRINK_AFTER: Duration = Duration::from_secs(5);

pub(super) struct Pump {
    hold: OwnChannel,
    queue: Queue,
    tag: String,
    generation: u64,
    /// What the broker was told.
    prefetch: u16,
    wanted: watch::Receiver<u16>,
    /// Since when less would do.
    idle_since: Option<Instant>,
    lost: watch::Sender<bool>,
}

impl Pump {
    pub fn new(
        hold: OwnChannel,
        queue: Queue,
        tag: String,
        wanted: watch::Receiver<u16>,
        lost: watch::Sender<bool>,
    ) -> Self {
        let prefetch = *wanted.borrow();
        Self { hold, queue, tag, generation: 0, prefetch, wanted, idle_since: None, lost }
    }

    /// Passes deliveries on while somebody wants them, and takes back what nobody settles. Ends when the last delivery is
    /// settled after the subscription was dropped, or when the channel is lost.
    pub async fn run(
        mut self,
        consumer: lapin::Consumer,
        arriving: mpsc::UnboundedSender<Delivery>,
        mut returning: mpsc::UnboundedReceiver<GivenBack>,
    ) {
        let ended = self.pass_on(consumer, arriving, &mut returning).await;
        let ended = match ended {
            Ok(()) => self.take_back(&mut returning).await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(()) => {
                let _ = timeout(STEP, self.hold.channel.close(200, "done".into())).await;
            }
            Err(error) => tracing::info!(consumer = self.tag, error, "subscription lost"),
        }
        self.lost.send_replace(true);
    }

    /// Until the subscription is dropped.
    async fn pass_on(
        &mut self,
        mut consumer: lapin::Consumer,
        arriving: mpsc::UnboundedSender<Delivery>,
        returning: &mut mpsc::UnboundedReceiver<GivenBack>,
    ) -> Result<(), String> {
        let mut look = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                delivery = consumer.next() => match delivery {
                    Some(Ok(delivery)) => {
                        if let Err(mpsc::error::SendError(delivery)) = arriving.send(delivery) {
                            give_back(GivenBack::Unseen(delivery.acker)).await?;
                        }
                    }
                    // One error is all that comes: after it lapin's stream may stay silent for ever.
                    Some(Err(error)) => return Err(reason(&error)),
                    None => return Err("the broker cancelled the consumer".to_owned()),
                },
                Some(given_back) = returning.recv() => give_back(given_back).await?,
                changed = self.wanted.changed() => {
                    if changed.is_err() {
                        return self.cancel(&mut consumer, None).await;
                    }
                    if *self.wanted.borrow_and_update() > self.prefetch {
                        self.start_anew(&mut consumer, &arriving).await?;
                    }
                }
                _ = look.tick() => {
                    self.check()?;
                    if self.is_far_too_large() {
                        self.start_anew(&mut consumer, &arriving).await?;
                    }
                }
            }
        }
    }

    /// After the subscription: the deliveries in somebody's hands are still valid.
    async fn take_back(&mut self, returning: &mut mpsc::UnboundedReceiver<GivenBack>) -> Result<(), String> {
        let mut look = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                given_back = returning.recv() => match given_back {
                    Some(given_back) => give_back(given_back).await?,
                    None => return Ok(()),
                },
                _ = look.tick() => self.check()?,
            }
        }
    }

    /// Not every way to lose a channel ends the stream.
    fn check(&self) -> Result<(), String> {
        let open = self.hold.channel.status().connected();
        open.then_some(()).ok_or_else(|| "channel closed".to_owned())
    }

    fn is_far_too_large(&mut self) -> bool {
        if *self.wanted.borrow() > self.prefetch / 2 {
            self.idle_since = None;
            return false;
        }
        self.idle_since.get_or_insert_with(Instant::now).elapsed() >= SHRINK_AFTER
    }

    /// Another prefetch takes another consumer: `basic.qos` says nothing to one that runs. On the same channel, so that
    /// unsettled deliveries stay valid; the old one first, so that messages keep their order. What is unsettled counts
    /// against the old one at the broker, and against the new one in the subscription: for a while some messages may lie
    /// here that another consumer could have.
    async fn start_anew(
        &mut self,
        consumer: &mut lapin::Consumer,
        arriving: &mpsc::UnboundedSender<Delivery>,
    ) -> Result<(), String> {
        self.cancel(consumer, Some(arriving)).await?;
        self.generation += 1;
        self.prefetch = *self.wanted.borrow_and_update();
        self.idle_since = None;
        let tag = format!("{}.{}", self.tag, self.generation);
        let started = timeout(STEP, consume(&self.hold.channel, self.queue, &tag, self.prefetch)).await;
        *consumer = started.map_err(|_| stuck())?.map_err(|error| reason(&error))?;
        tracing::debug!(consumer = tag, prefetch = self.prefetch, "prefetch changed");
        Ok(())
    }

    /// Cancels the consumer and takes everything it was sent before the broker knew.
    async fn cancel(
        &self,
        consumer: &mut lapin::Consumer,
        arriving: Option<&mpsc::UnboundedSender<Delivery>>,
    ) -> Result<(), String> {
        let cancel = async {
            self.hold.channel.basic_cancel(consumer.tag(), BasicCancelOptions::default()).await?;
            let mut last = Vec::new();
            while let Some(delivery) = consumer.next().await {
                last.push(delivery?);
            }
            lapin::Result::Ok(last)
        };
        let last = timeout(STEP, cancel).await.map_err(|_| stuck())?.map_err(|error| reason(&error))?;
        for delivery in last {
            let unwanted = match arriving {
                Some(arriving) => arriving.send(delivery).err().map(|refused| refused.0),
                None => Some(delivery),
            };
            if let Some(delivery) = unwanted {
                give_back(GivenBack::Unseen(delivery.acker)).await?;
            }
        }
        Ok(())
    }
}

/// Gives a message back to its queue.
///
/// `basic.reject` counts as a delivery; `basic.nack` does not from RabbitMQ 4.3 on, and does before: there a message that
/// was only fetched loses an attempt with its consumer.
async fn give_back(given_back: GivenBack) -> Result<(), String> {
    let answer = async {
        match given_back {
            GivenBack::Dropped(acker) => reject(&acker).await,
            GivenBack::Unseen(acker) => {
                acker.nack(BasicNackOptions { requeue: true, ..BasicNackOptions::default() }).await
            }
        }
    };
    timeout(STEP, answer).await.map_err(|_| stuck())?.map_err(|error| reason(&error))?;
    Ok(())
}

async fn reject(acker: &Acker) -> lapin::Result<bool> {
    acker.reject(BasicRejectOptions { requeue: true }).await
}

fn stuck() -> String {
    format!("no answer within {STEP:?}")
}
