//! What a loop is given: the way to say how it gets on, and to hear that it must end.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use crate::child::Child;
use crate::event::Lifecycle;
use crate::pace::{Pace, Step};
use crate::residence::Residence;
use crate::{ActorSystem, LoopStatus};

/// Where a loop is that has ended.
const OVER: Step = Step::idle("over");

/// What a loop is given: by it the loop says how it gets on. Cheap enough for every turn.
///
/// Every await that can outlast its welcome stands behind an [`at`](Pulse::at): a loop that stays in one step beyond its
/// limit is hung, and its actor is fenced off and replaced.
#[derive(Debug)]
pub struct Pulse {
    pace: Arc<Pace>,
    noter: Noter,
    residence: Arc<Residence>,
    /// Whether an orderly stop waits for its end.
    waited_for: bool,
    stop: watch::Receiver<bool>,
}

impl Pulse {
    pub(crate) fn new(
        name: &str,
        child: Arc<dyn Child>,
        system: ActorSystem,
        residence: Arc<Residence>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let pace = child.vitals().begin_loop(name, residence.epoch);
        let noter = Noter::new(child, system, residence.epoch);
        Pulse { pace, noter, residence, waited_for: false, stop }
    }

    /// The same, for a loop whose end an orderly stop waits for.
    pub(crate) fn waited_for(mut self) -> Self {
        self.residence.begin_loop();
        self.waited_for = true;
        self
    }

    /// Does this now, or waits for it.
    pub fn at(&self, step: Step) {
        if !self.pace.idles_in(step) {
            self.pace.enter(step, Instant::now());
        }
    }

    /// Has been at this since then. For a loop with several things under way, which says so of the one that takes longest:
    /// as long as that is the same one, it makes no progress, whatever else comes and goes.
    pub fn since(&self, step: Step, begun: Instant) {
        self.pace.enter(step, begun);
    }

    /// One round is done: a batch, a delivery, whatever it goes round for.
    pub fn round(&self) {
        self.pace.round();
    }

    /// What keeps it from its work, or that nothing does: see [`Context::note`](crate::Context::note).
    pub fn note(&self, condition: impl Into<Option<String>>) {
        self.noter.note(condition);
    }

    /// How it stands.
    pub fn status(&self) -> LoopStatus {
        self.pace.status(self.residence.epoch, true)
    }

    /// Whether the loop must end because the program does: see [`Context::draining`](crate::Context::draining).
    pub fn draining(&self) -> bool {
        self.noter.child.draining()
    }

    /// Hears that the loop must end.
    pub fn stop(&self) -> Stop {
        Stop(self.stop.clone())
    }

    /// Does this until it is done, or until the loop must end: then it is dropped where it stands.
    pub async fn until_stopped(&self, work: impl Future<Output = ()>) {
        let mut stop = self.stop();
        tokio::select! {
            biased;
            () = stop.told() => {}
            () = work => {}
        }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.at(OVER);
        if self.waited_for {
            self.residence.end_loop();
        }
    }
}

/// Hears that a loop must end. Until it has ended its actor waits, within [`Policy::shutdown`](crate::Policy::shutdown).
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Resolves when the loop must end, and at once from then on.
    pub async fn told(&mut self) {
        // What `wait_for` returns locks the channel; in the arm of a `select!` it would live as long as the arm.
        let _ = self.0.wait_for(|stop| *stop).await;
    }

    /// Whether it must.
    pub fn is_told(&self) -> bool {
        *self.0.borrow()
    }
}

/// Notes what keeps an actor from its work, for whoever works for it beside its mailbox. Notes nothing once the incarnation
/// that it is of has been replaced.
#[derive(Clone, Debug)]
pub struct Noter {
    child: Arc<dyn Child>,
    system: ActorSystem,
    epoch: u64,
}

impl Noter {
    pub(crate) fn new(child: Arc<dyn Child>, system: ActorSystem, epoch: u64) -> Self {
        Noter { child, system, epoch }
    }

    /// As [`Context::note`](crate::Context::note).
    pub fn note(&self, condition: impl Into<Option<String>>) {
        note(&*self.child, &self.system, self.epoch, condition.into());
    }
}

/// Notes what keeps the incarnation `epoch` from its work, unless it has been replaced.
pub(crate) fn note(
    child: &(impl Child + ?Sized),
    system: &ActorSystem,
    epoch: u64,
    condition: Option<String>,
) {
    let vitals = child.vitals();
    let mut record = vitals.record();
    if vitals.epoch() != epoch || record.condition == condition {
        return;
    }
    record.condition.clone_from(&condition);
    drop(record);
    system.publish(vitals, epoch, Lifecycle::Noted { condition });
}
