//! One delivery, from the broker to its answer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use strum::{IntoStaticStr, VariantArray};
use tracing::Instrument;
use tropa_supervision::{Backoff, Jitter};

use super::Worker;
use crate::domain::{
    DeadLetter, DeadLetterState, DispatchJob, Envelope, EventId, EventPayload, Fingerprint, LaneStage, Topic,
    Work,
};
use crate::guard::{Admission, Begin, Finish};
use crate::hands::Sign;
use crate::journal::Commit;
use crate::orders::{DispatchError, DispatchOrder, FailOrder};
use crate::port::{Applied, Change, Delivery, Malformed, StoreError, Write};
use crate::recorder::Note;
use crate::trace;

/// A held event is asked for again after this.
const HELD_PAUSE: Duration = Duration::from_millis(250);

/// While the store is down a delivery waits in hand: workers pause, nobody spins.
const STORE_PAUSE: Backoff = Backoff::between(Duration::from_millis(50), Duration::from_secs(2));

/// Crashes over one delivery before the try counts as failed. The first may be somebody else's fault: a shard that was
/// killed takes its neighbours along.
const CRASHES: u32 = 2;

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum End {
    Answered,
    Suppressed,
    Parked,
    Requeued,
}

tropa_contract::names!(End);

/// Why a try at a delivery failed.
pub(super) enum Failure {
    /// Ask again when the store is back.
    Store(StoreError),
    /// Somebody died over it.
    Crashed,
    /// It will not go better the next time, or not soon.
    Bad(String),
}

impl From<DispatchError> for Failure {
    fn from(error: DispatchError) -> Self {
        match error {
            DispatchError::Store(error) => error.into(),
            DispatchError::Refused(text) => Self::Bad(text),
            DispatchError::Crashed => Self::Crashed,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Fault(text) => Self::Bad(text),
            other => Self::Store(other),
        }
    }
}

impl Worker {
    /// How many deliveries one consumer may hold now: its share of the room in the shards.
    pub fn prefetch(&self) -> u16 {
        let share = self.orders.room() / self.settings.consumers.max(1);
        let share = u16::try_from(share).unwrap_or(u16::MAX).clamp(1, self.settings.prefetch.max(1));
        let pool = usize::from(share) * self.settings.consumers.max(1);
        self.metrics.capacity.set(i64::try_from(pool).unwrap_or(i64::MAX));
        share
    }

    /// Carries one delivery to its answer and settles it. Waiting for the store, it gives signs.
    pub(crate) async fn carry(self: Arc<Self>, delivery: Delivery, sign: Sign) {
        let in_hand = (self.duty.delivery(), self.metrics.count_in_flight());
        let taken = Instant::now();
        let mut about = None;
        let end = match delivery.message {
            Ok(envelope) => {
                about = Some((envelope.order_id.clone(), envelope.topic, delivery.redeliveries));
                let span =
                    tracing::info_span!("consume", topic = envelope.topic.as_str(), otel.kind = "consumer");
                if let Some(parent) = &envelope.trace {
                    trace::adopt(&span, parent);
                }
                if envelope.topic == Topic::Created && delivery.redeliveries == 0 {
                    let age = (self.clock.now() - envelope.created_at).as_seconds_f64();
                    self.metrics.pickup_duration.observe(age.max(0.0));
                }
                self.admit(&envelope, delivery.redeliveries, &sign).instrument(span).await
            }
            Err(malformed) => self.park_malformed(&malformed, &sign).await,
        };
        self.metrics.deliveries.with_label_values(&[end.as_str()]).inc();
        let took = taken.elapsed().as_secs_f64();
        self.metrics.delivery_duration.with_label_values(&[end.as_str()]).observe(took);
        drop(in_hand);
        // A delivery from a channel that is gone cannot be settled: it comes again, and the inbox suppresses it.
        let carried = Instant::now();
        let _ = match end {
            End::Requeued => delivery.settle.requeue().await,
            End::Answered | End::Suppressed | End::Parked => delivery.settle.ack().await,
        };
        if let Some((order, topic, redeliveries)) = about {
            self.record(&order, topic, redeliveries.saturating_add(1), end, (taken, carried));
        }
    }

    async fn admit(&self, envelope: &Envelope, redeliveries: u32, sign: &Sign) -> End {
        let event = envelope.event_id;
        let patience = Instant::now() + self.settings.event_lease * 2;
        let mut pauses = STORE_PAUSE.pauses(Jitter::None);
        let asked = Instant::now();
        let token = loop {
            sign.give();
            match self.guard.ask(Begin(event)).await {
                Ok(Ok(Admission::Proceed(token))) => break token,
                Ok(Ok(Admission::Answered)) => {
                    self.recorder.suppressed(
                        &envelope.order_id,
                        event,
                        "it was answered before: its inbox row is there",
                    );
                    return End::Suppressed;
                }
                Ok(Ok(Admission::Held)) if Instant::now() > patience => {
                    self.recorder.suppressed(&envelope.order_id, event, "another consumer holds its lease");
                    return End::Requeued;
                }
                Ok(Ok(Admission::Held)) => tokio::time::sleep(HELD_PAUSE).await,
                Ok(Err(_)) => {
                    tokio::time::sleep(pauses.longer()).await;
                }
                // The guard died: the inbox row alone decides.
                Err(_) => break None,
            }
        };
        let detail = token.is_none().then(|| "without a lease: the inbox alone decides".into());
        let leased =
            Note { stage: LaneStage::Leased, attempt: 0, began: asked, ended: Instant::now(), detail };
        self.recorder.note(&envelope.order_id, [leased]);
        let lease = token.map(|_| self.duty.lease());
        let end = self.answer(envelope, sign).await;
        if redeliveries > 0 {
            tracing::debug!(%event, redeliveries, ?end, "redelivered");
        }
        if let Some(token) = token {
            let answered = end != End::Requeued;
            let _ = self.guard.try_tell(Finish { event, token, answered });
        }
        drop(lease);
        end
    }

    /// Tries until the delivery is answered. Waits while the store is down.
    async fn answer(&self, envelope: &Envelope, sign: &Sign) -> End {
        let mut pauses = STORE_PAUSE.pauses(Jitter::None);
        let mut crashes = 0;
        let mut failed: Option<String> = None;
        loop {
            sign.give();
            let attempt = AssertUnwindSafe(async {
                match &failed {
                    None => self.process(envelope).await.map(|()| End::Answered),
                    Some(error) => self.fail(envelope, error).await.map(|()| End::Parked),
                }
            });
            match attempt.catch_unwind().await.unwrap_or(Err(Failure::Crashed)) {
                Ok(end) => return end,
                Err(Failure::Store(error)) => {
                    tracing::debug!(%error, "waiting for the store");
                    tokio::time::sleep(pauses.longer()).await;
                }
                Err(Failure::Bad(error)) if failed.is_none() => failed = Some(error),
                Err(Failure::Crashed) if failed.is_none() => {
                    crashes += 1;
                    if crashes >= CRASHES {
                        failed = Some("processing crashed".to_owned());
                    }
                }
                Err(Failure::Bad(error)) => {
                    return self.give_back(envelope.event_id, &error).await;
                }
                Err(Failure::Crashed) => {
                    return self.give_back(envelope.event_id, "failing it crashed").await;
                }
            }
        }
    }

    /// Not even failing works. Delivered too often, it is parked by the broker; should every delivery fare like this one,
    /// it is not the deliveries' fault, and the pause keeps this instance from parking the whole queue.
    async fn give_back(&self, event: EventId, error: &str) -> End {
        tracing::error!(%event, error, "cannot be answered");
        tokio::time::sleep(STORE_PAUSE.max).await;
        End::Requeued
    }

    async fn process(&self, envelope: &Envelope) -> Result<(), Failure> {
        match envelope.topic.work() {
            Some(Work::Dispatch) => {
                let job = job(envelope).map_err(|e| Failure::Bad(format!("unreadable payload: {e}")))?;
                let job = job.translated(|written| self.clock.translate(written));
                let trace = envelope.trace.clone();
                Ok(self.orders.dispatch(DispatchOrder { event_id: envelope.event_id, job, trace }).await?)
            }
            Some(Work::Release) => self.release(envelope).await,
            // Not ours: somebody bound the queue to more than we asked for.
            None => Ok(self.commit(envelope.event_id, Change::Nothing).await?),
        }
    }

    async fn fail(&self, envelope: &Envelope, error: &str) -> Result<(), Failure> {
        let request =
            FailOrder { envelope: envelope.clone(), job: job(envelope).ok(), error: error.to_owned() };
        Ok(self.orders.fail(request).await?)
    }

    pub(super) async fn commit(&self, event: EventId, change: Change) -> Result<(), StoreError> {
        match self.journal.ask(Commit(Write { inbox: Some(event), change })).await {
            Ok(Ok(Applied::Stale(_) | Applied::DriverTaken)) => {
                Err(StoreError::Fault("an answer that changes no order was refused".into()))
            }
            Ok(outcome) => outcome.map(|_| ()),
            Err(error) => Err(StoreError::Unavailable(format!("journal: {error}"))),
        }
    }

    async fn park_malformed(&self, malformed: &Malformed, sign: &Sign) -> End {
        let letter = unreadable(malformed, self.clock.now());
        let mut pauses = STORE_PAUSE.pauses(Jitter::None);
        loop {
            sign.give();
            let change = Change::Park(Box::new(letter.clone()), None);
            match self.commit(letter.event_id, change).await {
                Ok(()) => return End::Parked,
                Err(StoreError::Fault(error)) => return self.give_back(letter.event_id, &error).await,
                Err(_) => {
                    tokio::time::sleep(pauses.longer()).await;
                }
            }
        }
    }
}

fn job(envelope: &Envelope) -> Result<DispatchJob, serde_json::Error> {
    match envelope.topic {
        Topic::Created => {
            let payload: EventPayload = serde_json::from_str(&envelope.payload)?;
            Ok(DispatchJob::first(payload.order))
        }
        _ => serde_json::from_str(&envelope.payload),
    }
}

/// The dead letter of a message that is no envelope.
pub(crate) fn unreadable(malformed: &Malformed, now: time::OffsetDateTime) -> DeadLetter {
    DeadLetter {
        id: uuid::Uuid::now_v7(),
        event_id: malformed.event_id.unwrap_or_else(EventId::fresh),
        topic: malformed.topic.clone(),
        order_id: None,
        error: malformed.error.clone(),
        fingerprint: Fingerprint::of_error(&malformed.error),
        payload: malformed.payload.clone(),
        headers: malformed.headers.clone(),
        attempts: 1,
        first_seen: now,
        last_seen: now,
        state: DeadLetterState::Parked,
        discard_reason: None,
    }
}
