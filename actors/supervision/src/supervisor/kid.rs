//! A supervisor's book on one child.

use std::sync::Arc;
use std::time::Instant;

use crate::child::Child;
use crate::directive::Directive;
use crate::picture::ActorState;
use crate::probe::Probe;
use crate::vitals::Vitals;

/// Where a child is, as its supervisor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KidState {
    /// Not started, or ended and waiting for its group.
    Down,
    Up,
    /// Asked to stop; its exit is expected.
    Stopping,
    /// Ended, and waiting alone.
    Backoff,
    /// Ended for good.
    Gone,
}

/// A supervisor's book on one child.
pub(super) struct Kid {
    pub(super) child: Arc<dyn Child>,
    pub(super) state: KidState,
    pub(super) epoch: u64,
    /// Failures in a row.
    pub(super) failures: u32,
    pub(super) since: Instant,
    pub(super) probe: Probe,
    /// Its stop was asked for by a command, and a start is to follow at once.
    pub(super) again: bool,
}

impl Kid {
    pub(super) fn new(child: Arc<dyn Child>, now: Instant) -> Self {
        // Ended for good under the supervisor's last incarnation: a closed mailbox does not open again.
        let state = if child.state() == ActorState::Closed { KidState::Gone } else { KidState::Down };
        Kid { child, state, epoch: 0, failures: 0, since: now, probe: Probe::new(now), again: false }
    }

    pub(super) fn vitals(&self) -> &Vitals {
        self.child.vitals()
    }

    pub(super) fn direct(&self, directive: Directive) -> bool {
        self.vitals().direct(self.epoch, directive)
    }

    pub(super) fn is_alive(&self) -> bool {
        matches!(self.state, KidState::Up | KidState::Stopping)
    }

    /// Whether an exit of that incarnation is news.
    pub(super) fn answers_for(&self, epoch: u64) -> bool {
        self.epoch == epoch && self.vitals().epoch() == epoch && self.is_alive()
    }

    /// What it is doing, for the reason of a hang.
    pub(super) fn occupation(&self) -> String {
        let loops = self.vitals().loops(self.epoch);
        let busy = loops.iter().filter(|pace| pace.limit(pace.word()).is_some());
        let step = busy.filter_map(|pace| pace.doing()).max_by_key(|(_, for_ms)| *for_ms);
        let current = self.child.status().current;
        let message = current.map(|current| (current.message, current.for_ms));
        let occupation = message.or(step.map(|(step, for_ms)| (step.to_owned(), for_ms)));
        occupation.map_or("idle".to_owned(), |(what, for_ms)| format!("{what} for {for_ms} ms"))
    }
}
