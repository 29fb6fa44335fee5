//! Finding a driver for one order: what the aggregate does with a delivery.

use std::time::Instant;

use time::OffsetDateTime;
use uuid::Uuid;

use super::DispatchError;
use super::decision::{Next, after_failure, after_search, wait, wants_driver};
use super::desk::{Desk, Step, dispatched};
use crate::breaker::SearchError;
use crate::domain::{
    Cause, DeadLetter, DeadLetterState, DispatchJob, DriverId, Envelope, EventId, EventKind, Fingerprint,
    ManualReason, Order, Status, TraceParent, WaitReason,
};
use crate::port::{Applied, Change, Claim, Postponement, StoreError};
use crate::trace;

/// Find a driver. Sent by consumers, for one delivery.
#[derive(Clone, Debug)]
pub struct DispatchOrder {
    /// The delivery's event: its inbox row makes the answer unique.
    pub event_id: EventId,
    /// What was asked for.
    pub job: DispatchJob,
    /// The delivery's trace.
    pub trace: Option<TraceParent>,
}

/// A try failed. Sent by consumers: try again later, or park it.
#[derive(Clone, Debug)]
pub struct FailOrder {
    /// The delivery.
    pub envelope: Envelope,
    /// Its job, when it could be read.
    pub job: Option<DispatchJob>,
    /// What went wrong.
    pub error: String,
}

/// Rounds of deciding again because the order moved or the driver was taken. More is a bug, or a very unlucky order: it
/// then waits a moment, or for a driver.
const ROUNDS: usize = 8;

/// What is left of the search after one round.
enum Round {
    /// The delivery is answered; the order as it stands, when known.
    Answered(Option<Order>),
    /// Decide again with the order as it is now.
    Again(Option<Order>),
}

impl Desk {
    /// Carries one delivery to its answer. Returns the order as it stands, when known. On an error nothing is known of
    /// the write; doing it again is safe, and of use unless the search was refused.
    pub(crate) async fn dispatch(
        &self,
        mut order: Option<Order>,
        request: &DispatchOrder,
    ) -> Result<Option<Order>, DispatchError> {
        let mut excluded = Vec::new();
        for left in (0..ROUNDS).rev() {
            let current = match order.take() {
                Some(order) => Some(order),
                None => self.load(&request.job.order.id).await?,
            };
            let Some(current) = current.filter(|order| wants_driver(order, request.job.cause)) else {
                self.commit(Some(request.event_id), Change::Nothing).await?;
                return Ok(None);
            };
            // Whoever was found had an order: that is as good as nobody.
            let found = if left == 0 && !excluded.is_empty() {
                Ok(None)
            } else {
                let wait = wait(&current, &request.job, &self.settings, self.now());
                self.search(&current, &excluded, None, Some(wait)).await
            };
            if let Err(SearchError::Invalid(why)) = found {
                return Err(DispatchError::Refused(why));
            }
            match self.round(&current, request, found, &mut excluded).await? {
                Round::Answered(order) => return Ok(order),
                Round::Again(fresh) => order = fresh,
            }
        }
        Err(StoreError::Unavailable(format!("order {} does not hold still", request.job.order.id)).into())
    }

    async fn round(
        &self,
        order: &Order,
        request: &DispatchOrder,
        found: Result<Option<Claim>, SearchError>,
        excluded: &mut Vec<DriverId>,
    ) -> Result<Round, StoreError> {
        let next = after_search(order, &request.job, found, &self.settings, self.now(), fastrand::f64());
        match next {
            Next::Dispatch(claim) => {
                let step = step(request, dispatched(&claim));
                // On an error it is unknown whether this was committed: the claim stays, its lease or the next try tells.
                let (applied, after) = self.take(order, step, Some(request.event_id)).await?;
                if applied == Applied::DriverTaken {
                    excluded.push(claim.driver_id.clone());
                }
                self.settle(order, applied, after, Some(&claim)).await
            }
            Next::Manual(reason) => {
                let step = step(request, EventKind::ManualDispatch { reason });
                let (applied, after) = self.take(order, step, Some(request.event_id)).await?;
                self.settle(order, applied, after, None).await
            }
            Next::Wait { job, due_at, reason } => {
                let applied =
                    self.postpone(request.event_id, &job, due_at, reason, request.trace.clone()).await?;
                self.settle(order, applied, order.clone(), None).await
            }
            Next::Leave => {
                self.commit(Some(request.event_id), Change::Nothing).await?;
                Ok(Round::Answered(Some(order.clone())))
            }
        }
    }

    /// What a commit's outcome means for the delivery, and for a claim that may have come to nothing.
    async fn settle(
        &self,
        order: &Order,
        applied: Applied,
        after: Order,
        claim: Option<&Claim>,
    ) -> Result<Round, StoreError> {
        let round = match applied {
            Applied::Done => return Ok(Round::Answered(Some(after))),
            Applied::Duplicate => Round::Answered(self.load(&order.id).await?),
            Applied::Stale(current) => Round::Again(current.map(|order| *order)),
            Applied::DriverTaken => Round::Again(Some(order.clone())),
        };
        let (Round::Answered(current) | Round::Again(current)) = &round;
        if let Some(claim) = claim {
            // Somebody else may have committed this very claim: searches are idempotent by order.
            let committed = current.as_ref().is_some_and(|o| o.claim_token.as_ref() == Some(&claim.token));
            if !committed {
                self.release(order, claim).await;
            }
        }
        Ok(round)
    }

    async fn postpone(
        &self,
        event: EventId,
        job: &DispatchJob,
        due_at: OffsetDateTime,
        reason: WaitReason,
        trace: Option<TraceParent>,
    ) -> Result<Applied, StoreError> {
        let envelope = job
            .envelope(trace::current().or(trace), self.now())
            .map_err(|e| StoreError::Fault(format!("order {}: {e}", job.order.id)))?;
        let postponement = Postponement { envelope, due_at, reason: Some(reason), unless_pending: false };
        let began = Instant::now();
        let applied = self.commit(Some(event), Change::Postpone(Box::new(postponement))).await?;
        if applied == Applied::Done {
            let waits = match reason {
                WaitReason::Driver => "it waits for a driver",
                WaitReason::Fleet => "it waits for the fleet service",
                WaitReason::Backoff => "it is tried again later",
            };
            self.decided(&job.order.id, job.waits + job.failures, began, waits);
        }
        self.note_duplicate(&job.order.id, Some(event), &applied);
        Ok(applied)
    }

    /// Answers a delivery whose try failed: later again, or parked with the order handed to a person.
    pub(crate) async fn fail(&self, failed: &FailOrder) -> Result<Option<Order>, StoreError> {
        let event = failed.envelope.event_id;
        for _ in 0..ROUNDS {
            let order = self.load(&failed.envelope.order_id).await?;
            let retry = failed.job.as_ref().and_then(|job| {
                let order = order.as_ref().filter(|order| wants_driver(order, job.cause))?;
                let job = DispatchJob { order: order.clone(), ..job.clone() };
                after_failure(&job, &self.settings, self.now(), fastrand::f64())
            });
            let applied = if let Some((job, due_at)) = retry {
                let trace = failed.envelope.trace.clone();
                self.postpone(event, &job, due_at, WaitReason::Backoff, trace).await?
            } else {
                self.park(order.as_ref(), failed).await?
            };
            if !matches!(applied, Applied::Stale(_)) {
                return self.load(&failed.envelope.order_id).await;
            }
        }
        Err(StoreError::Unavailable(format!("order {} does not hold still", failed.envelope.order_id)))
    }

    async fn park(&self, order: Option<&Order>, failed: &FailOrder) -> Result<Applied, StoreError> {
        let attempts = failed.job.as_ref().map_or(1, |job| job.failures + 1);
        let letter = dead_letter(&failed.envelope, &failed.error, attempts, self.now());
        tracing::warn!(order = %failed.envelope.order_id, topic = %failed.envelope.topic, error = failed.error, "parked");
        let transition = match order.filter(|order| order.status == Status::Pending) {
            Some(order) => Some(Box::new(self.transition(
                order,
                Step {
                    kind: EventKind::ManualDispatch { reason: ManualReason::DeadLettered },
                    cause: Cause::Dispatcher,
                    attempt: attempts,
                    trace: failed.envelope.trace.clone(),
                },
            )?)),
            None => None,
        };
        let step = transition.as_ref().map(|t| (t.event.kind.clone(), t.order.clone()));
        let applied =
            self.commit(Some(failed.envelope.event_id), Change::Park(Box::new(letter), transition)).await?;
        if let (Applied::Done, Some((kind, order))) = (&applied, step) {
            self.committed(&kind, &order);
        }
        Ok(applied)
    }
}

fn step(request: &DispatchOrder, kind: EventKind) -> Step {
    Step {
        kind,
        cause: request.job.cause,
        attempt: request.job.failures + request.job.waits + 1,
        trace: request.trace.clone(),
    }
}

/// The dead letter of a well-formed message.
fn dead_letter(envelope: &Envelope, error: &str, attempts: u32, now: OffsetDateTime) -> DeadLetter {
    let mut headers = std::collections::BTreeMap::from([
        ("x-event-version".to_owned(), envelope.version.to_string()),
        ("x-aggregate-id".to_owned(), envelope.order_id.to_string()),
    ]);
    headers.extend(envelope.trace.as_ref().map(|t| ("traceparent".to_owned(), t.as_str().to_owned())));
    DeadLetter {
        id: Uuid::now_v7(),
        event_id: envelope.event_id,
        topic: envelope.topic.as_str().to_owned(),
        order_id: Some(envelope.order_id.clone()),
        error: error.to_owned(),
        fingerprint: Fingerprint::of_error(error),
        payload: envelope.payload.clone(),
        headers,
        attempts,
        first_seen: now,
        last_seen: now,
        state: DeadLetterState::Parked,
        discard_reason: None,
    }
}
