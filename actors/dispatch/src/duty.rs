//! Whether this instance takes work, and what it still has in its hands.
//!
//! Shared by all who take work, and older than any of them: a consumer that its supervisor starts anew while the instance
//! drains finds the instance draining. The registrar leads through a drain, in the order in which work flows: nothing new
//! is accepted or claimed; when the relay has its confirms the consumers leave; when they have finished it is drained.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::sync::watch;

use crate::domain::{Holdings, Phase};

/// How far a drain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// No drain: work is taken.
    Working,
    /// No order is accepted and no outbox row is claimed any more.
    Closing,
    /// Consumers leave.
    Leaving,
    /// Nothing is in hand.
    Drained,
}

/// The instance's duty. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Duty(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    stage: watch::Sender<Stage>,
    stopping: watch::Sender<bool>,
    accepting: Tally,
    relaying: Tally,
    consuming: Tally,
    claims: Tally,
    leases: Tally,
    deliveries: Tally,
    aggregates: Tally,
}

impl Default for Duty {
    fn default() -> Self {
        Self(Arc::new(Inner {
            stage: watch::Sender::new(Stage::Working),
            stopping: watch::Sender::new(false),
            accepting: Tally::default(),
            relaying: Tally::default(),
            consuming: Tally::default(),
            claims: Tally::default(),
            leases: Tally::default(),
            deliveries: Tally::default(),
            aggregates: Tally::default(),
        }))
    }
}

impl Duty {
    /// Whether new orders are accepted.
    pub fn accepts(&self) -> bool {
        self.stage() == Stage::Working
    }

    /// How far the drain is.
    pub fn stage(&self) -> Stage {
        *self.0.stage.borrow()
    }

    /// What the others are told.
    pub fn phase(&self) -> Phase {
        match self.stage() {
            _ if *self.0.stopping.borrow() => Phase::Stopping,
            Stage::Working => Phase::Running,
            Stage::Closing | Stage::Leaving => Phase::Draining,
            Stage::Drained => Phase::Drained,
        }
    }

    /// The process is about to leave. Whatever it does until then, it does not come back.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }

    /// Begins a drain, unless one is under way.
    pub fn drain(&self) {
        self.0.stage.send_if_modified(|stage| {
            let working = *stage == Stage::Working;
            if working {
                *stage = Stage::Closing;
            }
            working
        });
    }

    /// Ends a drain, however far it is.
    pub fn resume(&self) {
        self.0.stage.send_replace(Stage::Working);
    }

    /// One step further with a drain, when what it waits for is done. With `hurry` the consumers leave although the relay
    /// still waits for confirms: those of messages that nobody takes do not come.
    pub fn advance(&self, hurry: bool) -> Stage {
        let Inner { accepting, relaying, consuming, .. } = &*self.0;
        self.0.stage.send_if_modified(|stage| {
            let next = match *stage {
                Stage::Closing if hurry || (relaying.none() && accepting.none()) => Stage::Leaving,
                Stage::Leaving if relaying.none() && accepting.none() && consuming.none() => Stage::Drained,
                other => other,
            };
            std::mem::replace(stage, next) != next
        });
        self.stage()
    }

    /// For whoever follows the stages.
    pub fn shift(&self) -> Shift {
        Shift(self.0.stage.subscribe())
    }

    /// Somebody has orders to commit. Take it first and ask [`Duty::accepts`] then: a drain waits for it.
    pub fn accepting(&self) -> Hold {
        self.0.accepting.hold()
    }

    /// A relay claims, or has rows in hand.
    pub fn relaying(&self) -> Hold {
        self.0.relaying.hold()
    }

    /// A consumer is subscribed, or has deliveries in hand.
    pub fn consuming(&self) -> Hold {
        self.0.consuming.hold()
    }

    /// A relay's claimed rows; their number is set as it changes.
    pub fn claims(&self) -> Hold {
        let mut hold = self.0.claims.hold();
        hold.set(0);
        hold
    }

    /// A lease on an event.
    pub fn lease(&self) -> Hold {
        self.0.leases.hold()
    }

    /// A delivery that is being worked on.
    pub fn delivery(&self) -> Hold {
        self.0.deliveries.hold()
    }

    /// An order's aggregate.
    pub fn aggregate(&self) -> Hold {
        self.0.aggregates.hold()
    }

    /// What is in hand now.
    pub fn held(&self) -> Holdings {
        let Inner { claims, leases, deliveries, aggregates, .. } = &*self.0;
        Holdings {
            outbox_claims: claims.count() as u64,
            leases: leases.count() as u64,
            deliveries: deliveries.count() as u64,
            aggregates: aggregates.count() as u64,
        }
    }
}

/// Follows the stages of a drain.
#[derive(Clone, Debug)]
pub struct Shift(watch::Receiver<Stage>);

// What `wait_for` returns locks the channel; each of these lets go of it before it returns.
impl Shift {
    /// Resolves when new work may be claimed (`on`), or may not.
    pub async fn turns(&mut self, on: bool) {
        let _ = self.0.wait_for(|stage| (*stage == Stage::Working) == on).await;
    }

    /// Resolves when consumers must leave.
    pub async fn ends(&mut self) {
        let _ = self.0.wait_for(|stage| *stage >= Stage::Leaving).await;
    }

    /// Resolves when work may be taken.
    pub async fn begins(&mut self) {
        self.turns(true).await;
    }

    /// Whether work may be taken.
    pub fn is_on(&self) -> bool {
        *self.0.borrow() == Stage::Working
    }
}

/// How many of a thing are held, by guards that let go when they are dropped: also when their actor dies.
#[derive(Clone, Debug, Default)]
struct Tally(Arc<AtomicUsize>);

impl Tally {
    fn hold(&self) -> Hold {
        self.0.fetch_add(1, SeqCst);
        Hold { tally: self.clone(), count: 1 }
    }

    fn count(&self) -> usize {
        self.0.load(SeqCst)
    }

    fn none(&self) -> bool {
        self.count() == 0
    }
}

/// A part of what is held.
#[derive(Debug)]
#[must_use = "what is not kept is not held"]
pub struct Hold {
    tally: Tally,
    count: usize,
}

impl Hold {
    /// Holds so many from now on.
    pub fn set(&mut self, count: usize) {
        // First up and then down: in between it is too many, never none.
        self.tally.0.fetch_add(count, SeqCst);
        self.tally.0.fetch_sub(std::mem::replace(&mut self.count, count), SeqCst);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.tally.0.fetch_sub(self.count, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drain_goes_step_by_step_and_waits_for_each() {
        let duty = Duty::default();
        let (order, relay, consumer) = (duty.accepting(), duty.relaying(), duty.consuming());
        assert_eq!(duty.advance(true), Stage::Working, "nothing drains by itself");
        duty.drain();
        assert!(!duty.accepts());
        assert_eq!(duty.advance(false), Stage::Closing);
        drop(relay);
        assert_eq!(duty.advance(false), Stage::Closing);
        drop(order);
        assert_eq!(duty.advance(false), Stage::Leaving);
        duty.drain();
        assert_eq!((duty.advance(false), duty.phase()), (Stage::Leaving, Phase::Draining));
        drop(consumer);
        assert_eq!((duty.advance(false), duty.phase()), (Stage::Drained, Phase::Drained));
        duty.resume();
        assert_eq!(duty.phase(), Phase::Running);
    }

    #[test]
    fn in_a_hurry_consumers_leave_but_it_is_not_drained() {
        let duty = Duty::default();
        let _relay = duty.relaying();
        duty.drain();
        assert_eq!(duty.advance(true), Stage::Leaving);
        assert_eq!(duty.advance(true), Stage::Leaving);
        duty.stop();
        assert_eq!(duty.phase(), Phase::Stopping);
    }

    #[test]
    fn what_is_held_is_counted_until_it_is_dropped() {
        let duty = Duty::default();
        let (mut claims, lease) = (duty.claims(), duty.lease());
        claims.set(7);
        let (delivery, aggregates) = (duty.delivery(), [duty.aggregate(), duty.aggregate()]);
        let held = |outbox_claims, leases, deliveries, aggregates| Holdings {
            leases,
            outbox_claims,
            deliveries,
            aggregates,
        };
        assert_eq!(duty.held(), held(7, 1, 1, 2));
        claims.set(3);
        drop(lease);
        assert_eq!(duty.held(), held(3, 0, 1, 2));
        drop((claims, delivery, aggregates));
        assert_eq!(duty.held(), Holdings::default());
    }
}
