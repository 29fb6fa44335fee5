//! The `IdempotencyGuard` actor: keeps two workers from doing one event at once.
//!
//! Owns the [`Leases`] and the read side of the inbox. Receives [`Begin`] and [`Finish`] from consumers. It is an
//! optimisation: the inbox row, committed with the transition, decides. So when the lease service is down the guard lets
//! events through; and a lease service that says 'done' is believed only with the inbox row beside it.

use std::sync::Arc;

use actix::prelude::*;
use tropa_supervision::{Answering, Context, Ref};

use crate::domain::EventId;
use crate::kit::{Kit, PIPELINE, mailbox};
use crate::metrics::Metrics;
use crate::port::{Lease, LeaseError, LeaseToken, Leases, OrderStore, StoreError};
use crate::settings::Settings;

/// May this event be worked on? Sent by consumers before anything else.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Admission, StoreError>")]
pub struct Begin(pub EventId);

/// The guard's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Go on. Without a token the leases are down, and the inbox alone decides.
    Proceed(Option<LeaseToken>),
    /// It was answered before: the inbox row is there. Acknowledge it.
    Answered,
    /// Somebody works on it. Try later, and never acknowledge it.
    Held,
}

/// The work on an event is over. Sent by consumers; nothing is replied, and losing it costs one lease at most.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Finish {
    /// Which event.
    pub event: EventId,
    /// The lease it was done under.
    pub token: LeaseToken,
    /// Whether its inbox row is committed; otherwise the lease is only given back.
    pub answered: bool,
}

/// Leases on events.
pub struct IdempotencyGuard {
    leases: Arc<dyn Leases>,
    store: Arc<dyn OrderStore>,
    settings: Arc<Settings>,
    metrics: Arc<Metrics>,
    /// Whom the leases are given to: this process.
    owner: Arc<str>,
}

impl IdempotencyGuard {
    pub(crate) fn place(kit: &Kit) -> Ref<Self> {
        kit.place("idempotency-guard", mailbox(4_096).arbiter(PIPELINE), |kit| Self {
            leases: kit.ports.leases.clone(),
            store: kit.ports.orders.clone(),
            settings: kit.settings.clone(),
            metrics: kit.metrics.clone(),
            owner: kit.identity.id.as_str().into(),
        })
    }

    fn count(&self, outcome: &str) {
        self.metrics.idempotency.with_label_values(&[outcome]).inc();
    }
}

/// `done` is a hint: one primary-key read confirms it.
async fn confirm(store: &dyn OrderStore, event: EventId) -> Result<Admission, StoreError> {
    let answered = store.answered(vec![event]).await?;
    Ok(if answered == [true] { Admission::Answered } else { Admission::Proceed(None) })
}

impl Actor for IdempotencyGuard {
    type Context = Context<Self>;
}

impl Handler<Begin> for IdempotencyGuard {
    type Result = ResponseActFuture<Self, Result<Admission, StoreError>>;

    fn handle(&mut self, Begin(event): Begin, _: &mut Context<Self>) -> Self::Result {
        let (leases, store, owner) = (self.leases.clone(), self.store.clone(), self.owner.clone());
        let ttl = self.settings.event_lease;
        let lease = async move {
            let lease = leases.acquire(event, &owner, ttl).await;
            admit(&*store, event, lease).await
        };
        Box::pin(lease.into_actor(self).map(|(admission, down), guard, ctx| {
            guard.count(outcome(&admission, down.is_some()));
            ctx.note(down.map(|error| error.to_string()));
            admission
        }))
    }
}

/// What the answer of the leases comes to, and why there is none.
async fn admit(
    store: &dyn OrderStore,
    event: EventId,
    lease: Result<Lease, LeaseError>,
) -> (Result<Admission, StoreError>, Option<LeaseError>) {
    match lease {
        Ok(Lease::Acquired(token)) => (Ok(Admission::Proceed(Some(token))), None),
        Ok(Lease::Held) => (Ok(Admission::Held), None),
        Ok(Lease::Done) => (confirm(store, event).await, None),
        Err(error) => (confirm(store, event).await, Some(error)),
    }
}

fn outcome(admission: &Result<Admission, StoreError>, leases_down: bool) -> &'static str {
    match admission {
        Err(_) => "store_unavailable",
        Ok(_) if leases_down => "leases_unavailable",
        Ok(Admission::Proceed(Some(_))) => "acquired",
        Ok(Admission::Proceed(None)) => "done_not_confirmed",
        Ok(Admission::Answered) => "suppressed",
        Ok(Admission::Held) => "held",
    }
}

impl Handler<Finish> for IdempotencyGuard {
    type Result = Answering<()>;

    fn handle(&mut self, finish: Finish, _: &mut Context<Self>) -> Self::Result {
        let (leases, remember) = (self.leases.clone(), self.settings.event_lease);
        Answering::by(async move {
            let Finish { event, token, answered } = finish;
            // Whatever goes wrong here, the lease runs out by itself.
            let _ = if answered {
                leases.done(event, token, remember).await
            } else {
                leases.release(event, token).await
            };
        })
    }
}
