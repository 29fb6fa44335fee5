//! The Intake actor: where orders become durable.
//!
//! Owns the accepting side of the [`OrderStore`]. Receives [`Submit`] from the HTTP edge, gathers whatever waits while
//! one transaction runs into the next, and answers after COMMIT. The write is the actor's, not the request's: a client
//! that hangs up cancels nothing that was begun. When it dies, its askers learn that the outcome is unknown; they repeat
//! the request with the same id or key and get the one order.

mod message;

use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use tropa_supervision::{Context, Ref, Schedule};

pub use message::{Submit, SubmitError, Submitted};

use crate::batch::Batch;
use crate::domain::{
    Cause, EventId, EventKind, EventPayload, Fingerprint, LaneStage, Order, OrderEvent, OrderId, Status,
    TraceParent,
};
use crate::duty::{Duty, Hold};
use crate::feed::Feed;
use crate::kit::{EDGE, Kit, draining};
use crate::metrics::Metrics;
use crate::port::{Clock, Created, Creation, IdempotencyKey, OrderStore, Outbox, StoreError};
use crate::recorder::{Note, Recorder};
use crate::reply::{Answer, Pending, later};
use crate::settings::Settings;
use crate::trouble::{News, Trouble};

type Outcome = Result<Submitted, SubmitError>;

/// How often the outbox is looked at for room.
const BACKLOG_POLL: Duration = Duration::from_millis(250);

/// Requests that wait for their commit, at most. More than this is answered 503 at once: at 8,000 orders/s it is half a
/// second of work.
pub(crate) const QUEUE: usize = 4_096;

/// And what they say, in bytes: most orders are small, and none has to be.
const QUEUE_BYTES: usize = 64 << 20;

/// Who waits for an order's commit, and what they are told when it is new.
struct Asker {
    pending: Pending<Outcome>,
    since: Instant,
    order: Order,
    key: Option<IdempotencyKey>,
}

/// Accepts orders.
pub struct Intake {
    store: Arc<dyn OrderStore>,
    outbox: Arc<dyn Outbox>,
    clock: Arc<dyn Clock>,
    settings: Arc<Settings>,
    metrics: Arc<Metrics>,
    feed: Feed,
    duty: Duty,
    recorder: Recorder,
    batch: Batch<Creation, Asker>,
    /// Of those that are being committed.
    keys: HashSet<(String, String)>,
    /// Rows that are due, as the outbox was seen last.
    due: Rc<Cell<u64>>,
    leaving: bool,
    trouble: Trouble,
    /// While there are orders to commit.
    accepting: Option<Hold>,
}

impl Intake {
    pub(crate) fn place(kit: &Kit) -> Ref<Self> {
        kit.place("intake", draining(2_048).arbiter(EDGE), |kit| {
            let intake = Self::new(
                kit.ports.orders.clone(),
                kit.ports.outbox.clone(),
                kit.ports.clock.clone(),
                kit.settings.clone(),
                kit.metrics.clone(),
                kit.feed.clone(),
                kit.duty.clone(),
            );
            Self { recorder: kit.recorder.clone(), ..intake }
        })
    }

    /// An intake that writes to `store` and watches the backlog of `outbox`.
    pub fn new(
        store: Arc<dyn OrderStore>,
        outbox: Arc<dyn Outbox>,
        clock: Arc<dyn Clock>,
        settings: Arc<Settings>,
        metrics: Arc<Metrics>,
        feed: Feed,
        duty: Duty,
    ) -> Self {
        let (batch, keys) = (Batch::new(settings.commits_at_once()), HashSet::new());
        Self {
            store,
            outbox,
            clock,
            settings,
            metrics,
            feed,
            duty,
            recorder: Recorder::default(),
            batch,
            keys,
            due: Rc::default(),
            leaving: false,
            trouble: Trouble::default(),
            accepting: None,
        }
    }

    fn admit(&self, key: Option<&IdempotencyKey>) -> Result<(), SubmitError> {
        if !self.duty.accepts() {
            return Err(SubmitError::Draining);
        }
        if !self.clock.state().set {
            // What it was stamped with would decide when it is given up.
            return Err(SubmitError::Unavailable("the database's clock is not known yet".to_owned()));
        }
        let overloaded = |what, retry_after| Err(SubmitError::Overloaded { what, retry_after });
        if self.due.get() >= self.settings.backlog_limit {
            return overloaded("the outbox is full", Duration::from_secs(5));
        }
        if self.batch.len() >= QUEUE || self.batch.bytes() >= QUEUE_BYTES {
            return overloaded("intake is full", Duration::from_secs(1));
        }
        match key {
            Some(key) if self.keys.contains(&key.identity()) => Err(SubmitError::KeyInFlight),
            _ => Ok(()),
        }
    }

    fn creation(&self, submit: Submit) -> Result<Creation, SubmitError> {
        let fingerprint = Fingerprint::of_order(&submit.order);
        let order = Order::accept(submit.order, self.settings.default_pickup, self.clock.now());
        let event = first_event(&order, submit.trace);
        let payload = EventPayload { event, order };
        let envelope = payload.envelope().map_err(|e| SubmitError::Unavailable(e.to_string()))?;
        let EventPayload { event, order } = payload;
        Ok(Creation { order, fingerprint, event, envelope, key: submit.key })
    }

    fn enqueue(&mut self, creation: Creation) -> Answer<Outcome> {
        let (answer, pending) = later();
        let (order, key) = (creation.order.clone(), creation.key.clone());
        self.keys.extend(key.as_ref().map(IdempotencyKey::identity));
        // Stored twice: with the order, and in its message.
        let bytes = 2 * creation.envelope.payload.len();
        self.batch.push(creation, bytes, Asker { pending, since: Instant::now(), order, key });
        answer
    }

    fn refuse(&self, error: SubmitError) -> Answer<Outcome> {
        self.refused(&error);
        Answer::Now(Err(error))
    }

    fn flush(&mut self, ctx: &mut Context<Self>) {
        let Some(round) = self.batch.start() else { return };
        self.metrics.batch_size.with_label_values(&["intake"]).observe(round.items.len() as f64);
        let store = self.store.clone();
        let commit = async move { round.commit(async |items| store.create(items).await).await };
        let begun = Instant::now();
        ctx.spawn(commit.into_actor(self).map(move |(outcomes, waiters), intake, ctx| {
            let failed: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
            ctx.note(failed.first().map(ToString::to_string));
            match (intake.trouble.note(!failed.is_empty()), failed.first()) {
                (Some(News::Begins), Some(error)) => {
                    tracing::warn!(%error, "orders cannot be stored, and are refused");
                }
                (Some(News::Ends), _) => tracing::info!("orders are stored again"),
                _ => {}
            }
            waiters
                .into_iter()
                .zip(outcomes)
                .for_each(|(asker, created)| intake.conclude(asker, created, begun));
            intake.batch.finish();
            intake.flush(ctx);
            if intake.batch.is_idle() {
                intake.accepting = None;
                if intake.leaving {
                    ctx.stop();
                }
            }
        }));
    }

    fn conclude(
        &mut self,
        Asker { pending, since, order, key }: Asker,
        created: Result<Created, StoreError>,
        begun: Instant,
    ) {
        if let Some(key) = key {
            self.keys.remove(&key.identity());
        }
        let answer = match created {
            Ok(Created::Stored) => {
                self.metrics.intake_duration.observe(since.elapsed().as_secs_f64());
                self.record(&order.id, since, begun);
                self.metrics.orders.with_label_values(&[Status::Pending.as_str()]).inc();
                self.feed.announce(&EventKind::Created, &order);
                Ok(Submitted::Created(order))
            }
            Ok(Created::Existing(order)) => Ok(Submitted::Existing(order)),
            Ok(Created::Replayed(order)) => Ok(Submitted::Replayed(order)),
            Ok(Created::IdTaken) => Err(SubmitError::IdTaken(order.id)),
            Ok(Created::NumberTaken) => Err(order.details.order_number.map_or_else(
                || {
                    SubmitError::Unavailable(
                        "an order without a number was refused for its number".to_owned(),
                    )
                },
                SubmitError::NumberTaken,
            )),
            Ok(Created::KeyReused) => Err(SubmitError::KeyReused),
            Err(error) => Err(SubmitError::Unavailable(error.to_string())),
        };
        if let Err(error) = &answer {
            self.refused(error);
        }
        pending.answer(answer);
    }

    /// It waited for its commit since then, and that began so long ago.
    fn record(&self, order: &OrderId, since: Instant, begun: Instant) {
        let note = |stage, began, ended| Note { stage, attempt: 1, began, ended, detail: None };
        let committed = note(LaneStage::Committed, begun, Instant::now());
        self.recorder.note(order, [note(LaneStage::Accepted, since, begun), committed]);
    }

    fn refused(&self, error: &SubmitError) {
        self.metrics.refused.with_label_values(&[error.reason()]).inc();
    }
}

fn first_event(order: &Order, trace: Option<TraceParent>) -> OrderEvent {
    OrderEvent {
        event_id: EventId::fresh(),
        order_id: order.id.clone(),
        version: order.version,
        kind: EventKind::Created,
        at: order.created_at,
        cause: Cause::Api,
        attempt: 1,
        trace,
    }
}

impl Actor for Intake {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.batch.watch(ctx.pulse("commit"));
        let (outbox, due) = (self.outbox.clone(), self.due.clone());
        let schedule = Schedule::every(BACKLOG_POLL).first_after(BACKLOG_POLL);
        ctx.every("backlog", schedule, async move |_| {
            // An unreadable backlog is no reason to refuse: the store itself will.
            if let Ok(backlog) = outbox.backlog().await {
                due.set(backlog.pending.saturating_sub(backlog.postponed));
            }
        });
    }

    /// Finishes the commits it was asked for.
    fn stopping(&mut self, _: &mut Self::Context) -> Running {
        self.leaving = true;
        if self.batch.is_idle() { Running::Stop } else { Running::Continue }
    }
}

impl Handler<Submit> for Intake {
    type Result = Answer<Outcome>;

    fn handle(&mut self, submit: Submit, ctx: &mut Context<Self>) -> Self::Result {
        let accepting = self.duty.accepting();
        match self.admit(submit.key.as_ref()).and_then(|()| self.creation(submit)) {
            Ok(creation) => {
                self.accepting.get_or_insert(accepting);
                let answer = self.enqueue(creation);
                self.flush(ctx);
                answer
            }
            Err(error) => self.refuse(error),
        }
    }
}
