//! One connection's worth of publishing.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{Channel, Confirmation, Event};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tropa_contract::domain::Envelope;
use tropa_contract::port::PublishOutcome;

use super::flight::{Answer, Flight, Return, Verdict};
use super::{Condition, Publish, outbound::Outbound};
use crate::address::Address;
use crate::link::{Link, reason};
use crate::{message, topology};

/// Opening the channel and declaring what must exist.
const SET_UP: Duration = Duration::from_secs(10);

/// How often a session looks whether it is still one.
const LOOK: Duration = Duration::from_millis(500);

/// A broker that blocks longer than so many times what a publish may take is left. An alarm is the whole cluster's, but a node that
/// was cut out of it, or whose "unblocked" got lost, is not, and the address may lead to another by now.
const BLOCKED: u32 = 3;

/// Every work topic without a queue returns; a work queue that is full or has no majority does not confirm.
const MANDATORY: BasicPublishOptions = BasicPublishOptions { mandatory: true, immediate: false };

/// How a session ended.
pub(super) enum End {
    /// Told to stop.
    Stopped,
    /// Connection or channel was lost.
    Lost(String),
}

/// A channel with confirms, and what is in flight on it. Dropping it makes everything in flight unknown.
pub(super) struct Session {
    link: Link,
    channel: Arc<Channel>,
    events: BoxStream<'static, Event>,
    flight: Flight<Publish>,
    confirms: HashMap<u64, Pending>,
    bell: mpsc::UnboundedSender<u64>,
    rung: mpsc::UnboundedReceiver<u64>,
    /// Since when nothing keeps the broker from answering.
    free_since: Instant,
    /// Since when something does.
    blocked_since: Option<Instant>,
}

/// A publish whose answer is awaited.
struct Pending {
    future: BoxFuture<'static, lapin::Result<Confirmation>>,
    waker: Waker,
}

/// Wakes the session for one message. Rings queue up in the order of lapin's answers: that is how the session knows when it
/// has seen everything that was answered before a given one (see `flight`). `FuturesUnordered` does not promise that.
struct Ring {
    number: u64,
    bell: mpsc::UnboundedSender<u64>,
}

impl Wake for Ring {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // The session is gone, and with it everybody who waited.
        let _ = self.bell.send(self.number);
    }
}

impl Session {
    pub async fn open(address: &Address, name: &str) -> Result<Self, String> {
        let link = Link::connect(address, name).await?;
        let set_up = async {
            let channel = link.create_channel().await?;
            topology::declare(&channel).await?;
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            lapin::Result::Ok(channel)
        };
        let channel = timeout(SET_UP, set_up).await;
        let channel = channel.map_err(|_| format!("no answer within {SET_UP:?}"))?;
        let channel = Arc::new(channel.map_err(|error| reason(&error))?);
        let events = link.events_listener().boxed();
        let (bell, rung) = mpsc::unbounded_channel();
        tracing::info!("publishing");
        let (flight, confirms, free_since) = (Flight::new(), HashMap::new(), Instant::now());
        Ok(Self { link, channel, events, flight, confirms, bell, rung, free_since, blocked_since: None })
    }

    /// Publishes until told to stop and everything is answered, or until the connection is lost.
    pub async fn serve(mut self, outbound: &mut Outbound) -> End {
        let mut look = tokio::time::interval(LOOK);
        let mut stop = outbound.stop.clone();
        let mut last_call: Option<Instant> = None;
        loop {
            if !self.link.status().blocked() {
                self.send(outbound);
            }
            if let Some(last_call) = last_call {
                let done = self.flight.is_empty() && outbound.waiting.is_empty();
                if done || last_call <= Instant::now() {
                    self.link.close().await;
                    return End::Stopped;
                }
            }
            tokio::select! {
                Some(number) = self.rung.recv() => self.round(number),
                received = outbound.receive(), if last_call.is_none() => if !received {
                    last_call = Some(Instant::now() + outbound.timeout);
                },
                event = self.events.next() => if let Some(error) = self.heard(event, outbound) {
                    return self.lost(error);
                },
                _ = look.tick() => if let Some(error) = self.trouble(outbound) {
                    return self.lost(error);
                },
                _ = stop.wait_for(|stop| *stop), if last_call.is_none() => {
                    last_call = Some(Instant::now() + outbound.timeout);
                }
            }
        }
    }

    /// What the connection says of itself. An error when it is lost.
    fn heard(&mut self, event: Option<Event>, outbound: &Outbound) -> Option<String> {
        match event {
            Some(Event::Error(error)) => return Some(reason(&error)),
            Some(Event::ConnectionBlocked(why)) => {
                tracing::warn!(why, "the broker blocks publishing");
                self.blocked_since.get_or_insert_with(Instant::now);
                outbound.condition.send_replace(Condition::Blocked(why));
            }
            Some(Event::ConnectionUnblocked) => {
                tracing::info!("the broker takes messages again");
                (self.free_since, self.blocked_since) = (Instant::now(), None);
                outbound.condition.send_replace(Condition::Good);
            }
            None => return Some("connection closed".to_owned()),
            _ => {}
        }
        None
    }

    /// What is wrong, if something is that nobody says: not every way to lose a channel is an event.
    fn trouble(&self, outbound: &mut Outbound) -> Option<String> {
        outbound.waiting.retain(|publish| !publish.is_late());
        if !self.link.is_up() || !self.channel.status().connected() {
            return Some("channel closed".to_owned());
        }
        if self.blocked_since.is_some_and(|since| since.elapsed() > outbound.timeout * BLOCKED) {
            return Some("the broker does not stop blocking".to_owned());
        }
        // Heartbeats come and confirms do not: a queue without a majority, or a channel somebody forgot. What is in flight
        // holds room in the window, which only a new channel gives back.
        let stuck =
            |publish: &Publish| publish.deadline.max(self.free_since) + outbound.timeout < Instant::now();
        let stuck = self.flight.oldest().is_some_and(stuck) && !self.link.status().blocked();
        stuck.then(|| "confirms do not come".to_owned())
    }

    /// Whoever waits hears of it now, not when his time is over.
    fn lost(self, error: String) -> End {
        for publish in self.flight.into_owed() {
            let _ = publish.reply.send(PublishOutcome::Unknown(error.clone()));
        }
        End::Lost(error)
    }

    fn send(&mut self, outbound: &mut Outbound) {
        while let Some(mut publish) = outbound.waiting.pop_front() {
            if publish.is_late() {
                continue;
            }
            let payload = std::mem::take(&mut publish.envelope.payload);
            let publishing = send(self.channel.clone(), payload, &publish.envelope);
            let number = self.flight.launch(publish.envelope.event_id, publish);
            let waker = Waker::from(Arc::new(Ring { number, bell: self.bell.clone() }));
            self.confirms.insert(number, Pending { future: Box::pin(publishing), waker });
            // The first poll puts the message into lapin's hands: order is made here.
            let mut verdicts = Vec::new();
            self.look_at(number, &mut verdicts);
            answer(verdicts);
        }
    }

    /// Sees everything that was answered up to now, and passes the verdicts that follow from it on.
    fn round(&mut self, number: u64) {
        let mut verdicts = Vec::new();
        self.look_at(number, &mut verdicts);
        loop {
            let acked = self.flight.acked();
            for _ in 0..self.rung.len() {
                if let Ok(number) = self.rung.try_recv() {
                    self.look_at(number, &mut verdicts);
                }
            }
            self.flight.settle(acked, &mut verdicts);
            if self.flight.acked() == 0 {
                break;
            }
        }
        answer(verdicts);
    }

    fn look_at(&mut self, number: u64, verdicts: &mut Vec<(Publish, Verdict)>) {
        // Rung for twice, by the write and by the answer, and the first look found both.
        let Some(pending) = self.confirms.get_mut(&number) else { return };
        let mut context = Context::from_waker(&pending.waker);
        if let Poll::Ready(result) = Pin::new(&mut pending.future).poll(&mut context) {
            self.confirms.remove(&number);
            self.flight.answered(number, read(result), verdicts);
        }
    }
}

fn send(
    channel: Arc<Channel>,
    payload: String,
    envelope: &Envelope,
) -> impl Future<Output = lapin::Result<Confirmation>> + use<> {
    let (topic, properties) = (envelope.topic.as_str().into(), message::properties(envelope));
    async move {
        let body = payload.as_bytes();
        channel.basic_publish(topology::EXCHANGE.into(), topic, MANDATORY, body, properties).await?.await
    }
}

fn read(result: lapin::Result<Confirmation>) -> Answer {
    let back = |returned: Option<lapin::message::BasicReturnMessage>| {
        returned.map(|returned| Return {
            id: returned.properties.message_id().as_ref().and_then(|id| message::event_id(id.as_str())),
            reason: format!("{} {}", returned.reply_code, returned.reply_text),
        })
    };
    match result {
        Ok(Confirmation::Ack(returned)) => Answer::Ack(back(returned)),
        Ok(Confirmation::Nack(returned)) => Answer::Nack(back(returned)),
        Ok(Confirmation::NotRequested) => Answer::Lost("the channel gives no confirms".to_owned()),
        Err(error) => Answer::Lost(reason(&error)),
    }
}

fn answer(verdicts: Vec<(Publish, Verdict)>) {
    for (publish, verdict) in verdicts {
        let topic = publish.envelope.topic;
        // Whoever does not listen any more finds the row unpublished, and sends it again.
        let _ = publish.reply.send(match verdict {
            Verdict::Confirmed => PublishOutcome::Confirmed,
            Verdict::Returned(reason) => {
                PublishOutcome::Returned(format!("no queue takes {topic}: {reason}"))
            }
            Verdict::Refused(reason) => PublishOutcome::Unknown(reason),
        });
    }
}
