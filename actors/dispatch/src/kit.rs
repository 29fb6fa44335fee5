//! What actors are made of, and how a place in the tree is made from it. Each actor has a `place` beside it that says its
//! name, its mailbox, how long it may take to stop, which arbiter it lives on, and what it takes from here.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::Actor;
use tokio::sync::watch;
use tropa_supervision::{ActorSystem, Backoff, Context, Every, Loop, Policy, Recurring, Ref, Task};

use crate::breaker::BreakerBoard;
use crate::domain::Identity;
use crate::duty::Duty;
use crate::feed::Feed;
use crate::metrics::Metrics;
use crate::pipeline::Trend;
use crate::recorder::Recorder;
use crate::settings::Settings;
use crate::tree::Ports;

/// The arbiter of what the dispatch path shares: its actors talk to each other all the time.
pub(crate) const PIPELINE: usize = 1;

/// The arbiter of what the edges ask, of the relay, and of upkeep.
pub(crate) const EDGE: usize = 2;

/// What the actors of a process are made of. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Kit {
    pub ports: Ports,
    pub settings: Arc<Settings>,
    pub metrics: Arc<Metrics>,
    pub feed: Feed,
    pub duty: Duty,
    pub identity: Arc<Identity>,
    pub advertised: Arc<OnceLock<String>>,
    pub system: ActorSystem,
    /// How often the breaker has closed again.
    pub fleet_back: watch::Sender<u64>,
    pub breakers: BreakerBoard,
    /// What was done with the newest orders.
    pub recorder: Recorder,
    /// What the stages got done lately.
    pub trend: Trend,
}

impl Kit {
    /// A place for an actor that `make` makes anew for each incarnation.
    pub fn place<A: Actor<Context = Context<A>>>(
        &self,
        name: impl Into<String>,
        policy: Policy,
        make: impl Fn(&Self) -> A + Send + Sync + 'static,
    ) -> Ref<A> {
        let kit = self.clone();
        Ref::new(name, self.strict(policy), move |_| make(&kit))
    }

    /// A place for a loop.
    pub fn task<T: Task>(
        &self,
        name: impl Into<String>,
        policy: Policy,
        make: impl Fn(&Self) -> T + Send + Sync + 'static,
    ) -> Ref<Loop<T>> {
        let kit = self.clone();
        Ref::task(name, self.strict(policy), move || make(&kit))
    }

    /// A place for rounds.
    pub fn every<E: Every>(
        &self,
        name: impl Into<String>,
        policy: Policy,
        make: impl Fn(&Self) -> E + Send + Sync + 'static,
    ) -> Ref<Loop<Recurring<E>>> {
        let kit = self.clone();
        Ref::every(name, self.strict(policy), move || make(&kit))
    }

    fn strict(&self, policy: Policy) -> Policy {
        policy.step_limit(Some(self.settings.step_limit))
    }

    /// The arbiter of the `n`th of the pipeline's workers: they are dealt out to all but the edges' own.
    pub fn pipeline(&self, n: usize) -> usize {
        dealt(n, self.system.workers())
    }
}

fn dealt(n: usize, arbiters: usize) -> usize {
    match n % arbiters.saturating_sub(1).max(1) {
        0 => PIPELINE,
        further => EDGE + further,
    }
}

/// So many messages may wait; it comes back in no time, at first, and has nothing in hand when it is told to stop.
pub(crate) fn mailbox(capacity: usize) -> Policy {
    Policy::new(capacity).backoff(Backoff::between(Duration::from_millis(10), Duration::from_secs(5)))
}

/// Has work of its own in hand when it is told to stop.
pub(crate) fn draining(capacity: usize) -> Policy {
    mailbox(capacity).shutdown(Duration::from_secs(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pipeline_has_every_arbiter_but_the_edges() {
        let dealt = |arbiters| (0..5).map(|n| dealt(n, arbiters)).collect::<Vec<_>>();
        assert_eq!(dealt(1), [1, 1, 1, 1, 1], "all share the only one");
        assert_eq!(dealt(2), [1, 1, 1, 1, 1]);
        assert_eq!(dealt(4), [1, 3, 4, 1, 3]);
    }
}
