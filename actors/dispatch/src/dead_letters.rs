//! The `DeadLetterDrain` actor: parked messages become rows that people see, replay or discard.
//!
//! Owns the subscription to `orders.parking` and the [`DeadLetters`]. A parked message is acknowledged only when its row is
//! committed, with the order handed to a person. Receives [`ReplayDeadLetters`] and [`DiscardDeadLetters`] from the HTTP
//! edge. When it dies the broker delivers again, and a letter that is there is updated, not doubled: that holds for
//! several processes that drain one queue, too.

mod drain;
mod message;

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tropa_supervision::{Answering, Context, Pulse, Ref, Step};
use uuid::Uuid;

use drain::Drain;
pub use message::{DeadLetterError, DiscardDeadLetters, ReplayDeadLetters, Replayed, Selection};

use crate::domain::{DeadLetter, DeadLetterState, DispatchJob, Envelope, EventId, Topic, Work};
use crate::duty::Duty;
use crate::kit::{EDGE, Kit, draining};
use crate::orders::Orders;
use crate::port::{Broker, Clock, DeadLetterFilter, DeadLetters, OrderStore, StoreError};

const REPLAYING: Step = Step::new("replaying a letter");

/// Letters read at once.
const PAGE: u32 = 500;

/// Letters one operation touches, at most; the answer says how many match, and the rest is a second call.
const MOST: usize = 100_000;

/// What the drain works with.
#[derive(Clone)]
pub struct DeadLetterPorts {
    /// The rows.
    pub letters: Arc<dyn DeadLetters>,
    /// Orders as they stand, for replays.
    pub store: Arc<dyn OrderStore>,
    /// The parking queue.
    pub broker: Arc<dyn Broker>,
    /// Hands orders to people.
    pub orders: Orders,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Whether to take parked messages.
    pub duty: Duty,
}

/// Drains the parking queue.
pub struct DeadLetterDrain {
    ports: DeadLetterPorts,
}

impl DeadLetterDrain {
    pub(crate) fn place(kit: &Kit, orders: &Orders) -> Ref<Self> {
        let orders = orders.clone();
        kit.place("dead-letter-drain", draining(64).arbiter(EDGE), move |kit| {
            Self::new(DeadLetterPorts {
                letters: kit.ports.letters.clone(),
                store: kit.ports.orders.clone(),
                broker: kit.ports.broker.clone(),
                orders: orders.clone(),
                clock: kit.ports.clock.clone(),
                duty: kit.duty.clone(),
            })
        })
    }

    /// A drain over these ports.
    pub fn new(ports: DeadLetterPorts) -> Self {
        Self { ports }
    }
}

impl Actor for DeadLetterDrain {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let ports = self.ports.clone();
        ctx.task("drain", |pulse| Drain::new(ports, pulse).run());
    }
}

/// Replays these, one after the other. Sent to itself, when that may take longer than anybody waits.
#[derive(Message)]
#[rtype(result = "()")]
struct ReplaySlowly {
    ids: Vec<Uuid>,
    pause: Duration,
}

impl DeadLetterPorts {
    async fn select(&self, selection: &Selection) -> Result<Vec<Uuid>, DeadLetterError> {
        let mut filter = DeadLetterFilter {
            state: Some(DeadLetterState::Parked),
            limit: PAGE,
            ..DeadLetterFilter::default()
        };
        match selection {
            Selection::One(id) => {
                let any = DeadLetterFilter { ids: Some(vec![*id]), limit: 1, ..DeadLetterFilter::default() };
                let letter = self.letters.list(any).await?.pop().ok_or(DeadLetterError::NotFound)?;
                return match letter.state {
                    DeadLetterState::Parked => Ok(vec![letter.id]),
                    _ => Err(DeadLetterError::NotParked),
                };
            }
            Selection::Group(fingerprint) => filter.fingerprint = Some(fingerprint.clone()),
            Selection::Matching { topic, fingerprint } => {
                filter.topic.clone_from(topic);
                filter.fingerprint.clone_from(fingerprint);
            }
        }
        let mut ids = Vec::new();
        loop {
            let page = self.letters.list(filter.clone()).await?;
            ids.extend(page.iter().map(|letter| letter.id));
            if page.len() < PAGE as usize || ids.len() >= MOST {
                return Ok(ids);
            }
            filter.offset += PAGE;
        }
    }

    /// Replays one letter. False when it is not parked any more.
    async fn replay(&self, id: Uuid) -> Result<bool, StoreError> {
        let filter = DeadLetterFilter { ids: Some(vec![id]), limit: 1, ..DeadLetterFilter::default() };
        let Some(letter) = self.letters.list(filter).await?.pop() else { return Ok(false) };
        match self.envelope(&letter).await? {
            Some(envelope) => self.letters.replay(id, envelope).await,
            None => Ok(false),
        }
    }

    /// The message that tries again: for a dispatch, a new round of the order as it stands now.
    async fn envelope(&self, letter: &DeadLetter) -> Result<Option<Envelope>, StoreError> {
        let (Ok(topic), Some(order_id)) = (letter.topic.parse::<Topic>(), letter.order_id.clone()) else {
            return Ok(None);
        };
        let now = self.clock.now();
        let order = self.store.load(vec![order_id.clone()]).await?.pop().flatten();
        let trace = letter.headers.get("traceparent").and_then(|text| text.parse().ok());
        if let (Some(Work::Dispatch), Some(order)) = (topic.work(), order) {
            let envelope = DispatchJob::again(order, now).envelope(trace, now);
            return envelope.map(Some).map_err(|e| StoreError::Fault(e.to_string()));
        }
        let version = letter.headers.get("x-event-version");
        let version = version.and_then(|text| Envelope::read_version(text).ok()).unwrap_or(1);
        Ok(Some(Envelope {
            event_id: EventId::fresh(),
            topic,
            order_id,
            version,
            payload: letter.payload.clone(),
            trace,
            created_at: now,
        }))
    }

    /// Replays what can be replayed, and says what came of it.
    async fn replay_slowly(self, pulse: &Pulse, ids: Vec<Uuid>, pause: Duration) {
        match self.replay_all(ids, pause, || pulse.at(REPLAYING)).await {
            Ok(done) => tracing::info!(done, "dead letters replayed"),
            Err(error) => tracing::warn!(%error, "replaying dead letters stopped"),
        }
    }

    /// Replays what can be replayed; returns how many that were. `begins` hears of each.
    async fn replay_all(
        &self,
        ids: Vec<Uuid>,
        pause: Duration,
        begins: impl Fn(),
    ) -> Result<u64, StoreError> {
        let mut done = 0;
        for id in ids {
            begins();
            match self.replay(id).await {
                Ok(replayed) => done += u64::from(replayed),
                // It stays parked, and the letters behind it need not.
                Err(error @ StoreError::Fault(_)) => tracing::warn!(%error, letter = %id, "not replayed"),
                Err(error) => return Err(error),
            }
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
        }
        Ok(done)
    }
}

impl DeadLetterPorts {
    async fn replayed(
        self,
        request: ReplayDeadLetters,
        me: Ref<DeadLetterDrain>,
    ) -> Result<Replayed, DeadLetterError> {
        let ids = self.select(&request.selection).await?;
        let matched = ids.len() as u64;
        if request.dry_run {
            return Ok(Replayed { matched, done: 0, under_way: false });
        }
        let pause = request.rate_per_second.map(|rate| Duration::from_secs(1) / rate.max(1));
        if pause.is_none() && ids.len() <= PAGE as usize {
            let done = self.replay_all(ids, Duration::ZERO, || ()).await?;
            return Ok(Replayed { matched, done, under_way: false });
        }
        // The caller is told what matches, and looks at the list.
        let under_way = !ids.is_empty();
        let slowly = ReplaySlowly { ids, pause: pause.unwrap_or_default() };
        me.tell(slowly).await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Replayed { matched, done: 0, under_way })
    }

    async fn discarded(self, request: DiscardDeadLetters) -> Result<Replayed, DeadLetterError> {
        let ids = self.select(&request.selection).await?;
        let matched = ids.len() as u64;
        let done = if request.dry_run { 0 } else { self.letters.discard(ids, &request.reason).await? };
        Ok(Replayed { matched, done, under_way: false })
    }
}

impl Handler<ReplayDeadLetters> for DeadLetterDrain {
    type Result = Answering<Result<Replayed, DeadLetterError>>;

    fn handle(&mut self, request: ReplayDeadLetters, ctx: &mut Context<Self>) -> Self::Result {
        Answering::by(self.ports.clone().replayed(request, ctx.me()))
    }
}

impl Handler<ReplaySlowly> for DeadLetterDrain {
    type Result = ();

    fn handle(&mut self, ReplaySlowly { ids, pause }: ReplaySlowly, ctx: &mut Context<Self>) {
        let ports = self.ports.clone();
        ctx.task("replay", |pulse| async move {
            pulse.until_stopped(ports.replay_slowly(&pulse, ids, pause)).await;
        });
    }
}

impl Handler<DiscardDeadLetters> for DeadLetterDrain {
    type Result = Answering<Result<Replayed, DeadLetterError>>;

    fn handle(&mut self, request: DiscardDeadLetters, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.ports.clone().discarded(request))
    }
}
