//! How one child is kept.

use std::time::Duration;

use crate::{Backoff, Restart};

/// How one child is kept: when it is restarted, how much may wait in its mailbox, how patient its supervisor is.
///
/// ```
/// use std::time::Duration;
/// use tropa_supervision::{Policy, Restart};
///
/// let policy = Policy::new(256).restart(Restart::Transient).hang_after(Some(Duration::from_secs(3))).arbiter(2);
/// assert_eq!(policy.capacity, 256);
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    /// After which exits it is started again.
    pub restart: Restart,
    /// How many messages may wait (at least one); more, and senders wait.
    pub capacity: usize,
    /// How long it may leave a heartbeat unanswered while it handles nothing new; `None`: for ever.
    ///
    /// An await under `AtomicResponse` that lasts longer looks like a hang: timeouts of databases and the like must be
    /// shorter.
    pub hang_after: Option<Duration>,
    /// How long one step of a loop of its ([`Pulse`](crate::Pulse)) may last, unless the step says so itself; `None`: for ever.
    ///
    /// More than the timeouts of whatever a loop waits for: a dependency that is away is no hang.
    pub step_limit: Option<Duration>,
    /// How long an orderly stop may take. Replies in flight get half of it, `stopping` the rest, loops all of it;
    /// then the actor is fenced off and dropped. A supervisor's children have their own times; they are added to the supervisor's.
    pub shutdown: Duration,
    /// The wait before a restart.
    pub backoff: Backoff,
    /// The arbiter (thread) it lives on: 0 is for supervisors, 1 and up for workers, counted round the workers there are.
    pub arbiter: usize,
}

impl Policy {
    /// Permanent, a hang after 10 s, of a loop after 30 s in one step, 5 s to stop, the default back-off, on arbiter 1. The capacity has no default:
    /// whoever writes an actor says how much may wait.
    pub fn new(capacity: usize) -> Self {
        Policy {
            restart: Restart::Permanent,
            capacity,
            hang_after: Some(Duration::from_secs(10)),
            step_limit: Some(Duration::from_secs(30)),
            shutdown: Duration::from_secs(5),
            backoff: Backoff::default(),
            arbiter: 1,
        }
    }

    /// After which exits it is started again.
    #[must_use]
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// How long it may leave a heartbeat unanswered; `None`: for ever.
    #[must_use]
    pub fn hang_after(mut self, limit: Option<Duration>) -> Self {
        self.hang_after = limit;
        self
    }

    /// How long one step of a loop may last; `None`: for ever.
    #[must_use]
    pub fn step_limit(mut self, limit: Option<Duration>) -> Self {
        self.step_limit = limit;
        self
    }

    /// The shorter of the times after which something is a hang.
    pub(crate) fn patience(&self) -> Option<Duration> {
        self.hang_after.into_iter().chain(self.step_limit).min()
    }

    /// How long an orderly stop may take.
    #[must_use]
    pub fn shutdown(mut self, limit: Duration) -> Self {
        self.shutdown = limit;
        self
    }

    /// The wait before a restart.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// The arbiter it lives on. Actors that talk to each other much belong on one.
    #[must_use]
    pub fn arbiter(mut self, arbiter: usize) -> Self {
        self.arbiter = arbiter;
        self
    }
}
