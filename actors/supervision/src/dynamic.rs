//! Children that come and go while the program runs.

mod kid;
mod living;
mod supervisor;

use std::fmt::Display;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use actix::Message;
use serde::{Deserialize, Serialize};

pub(crate) use living::Lister;
pub use living::{LivingOrder, LivingQuery, LivingStatus};
pub use supervisor::DynamicSupervisor;

/// One of many alike, too many for a place in the tree: found by its key, started by the first message for it, and handled by
/// no actor of its own but by the [`DynamicSupervisor`] that keeps it. Fresh state comes from that one's factory.
///
/// ```
/// use std::time::Duration;
/// use tropa_supervision::{DynamicChild, DynamicPolicy, Policy, Ref};
///
/// struct Parcel {
///     stops: Vec<&'static str>,
/// }
///
/// impl DynamicChild for Parcel {
///     type Key = u64;
///     type Message = &'static str;
///
///     async fn handle(&mut self, stop: &'static str) {
///         self.stops.push(stop);
///     }
/// }
///
/// let policy = DynamicPolicy::new(10_000).idle(Duration::from_secs(30));
/// let depot = Ref::dynamic("depot", Policy::new(256), policy, |_number: &u64| Parcel { stops: Vec::new() });
/// # let _ = depot;
/// ```
pub trait DynamicChild: 'static {
    /// What it is found by.
    type Key: Clone + Eq + Hash + Display + Send + 'static;
    /// What it handles.
    type Message: Send + 'static;

    /// Handles one message; the next one has to wait until then. A panic ends this child and what it was handling, nothing
    /// else: what waits is handled by a fresh one.
    fn handle(&mut self, message: Self::Message) -> impl Future<Output = ()>;
}

/// A message for the child with this key. Handled as far as its supervisor is concerned when the child has it.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct To<K, M> {
    /// Which child.
    pub key: K,
    /// What it is told.
    pub message: M,
}

/// How the children of a [`DynamicSupervisor`] are kept.
#[derive(Clone, Copy, Debug)]
pub struct DynamicPolicy {
    /// Children at once. One more, and the least recently used that has nothing to do is passivated; where all have, it waits.
    pub most: usize,
    /// One that was not used for this long, or up to twice as long, is passivated.
    pub idle: Duration,
    /// One that is not done with a message after this is hung: it is dropped where it stands, with that message. `None`: never.
    pub hang_after: Option<Duration>,
}

impl DynamicPolicy {
    /// So many at once, passivated after half a minute, hung after two.
    pub fn new(most: usize) -> Self {
        DynamicPolicy { most, idle: Duration::from_secs(30), hang_after: Some(Duration::from_mins(2)) }
    }

    /// How long one is kept that is not used.
    #[must_use]
    pub fn idle(self, idle: Duration) -> Self {
        DynamicPolicy { idle, ..self }
    }

    /// How long it may take over a message.
    #[must_use]
    pub fn hang_after(self, hang_after: Option<Duration>) -> Self {
        DynamicPolicy { hang_after, ..self }
    }
}

/// The children of one [`DynamicSupervisor`] in the live picture: how many there are, not which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DynamicStatus {
    /// Children there are.
    pub living: usize,
    /// Of these, how many are handling something.
    pub working: usize,
    /// Messages that wait for room for one more child.
    pub parked: usize,
    /// Started, by all incarnations of the supervisor.
    pub started: u64,
    /// Passivated.
    pub passivated: u64,
    /// Ended by a panic.
    pub panicked: u64,
    /// Given up as hung.
    pub hung: u64,
}

/// The same, as it is counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    living: AtomicUsize,
    working: AtomicUsize,
    parked: AtomicUsize,
    started: AtomicU64,
    passivated: AtomicU64,
    panicked: AtomicU64,
    hung: AtomicU64,
}

impl Counts {
    pub(crate) fn status(&self) -> DynamicStatus {
        DynamicStatus {
            living: self.living.load(Relaxed),
            working: self.working.load(Relaxed),
            parked: self.parked.load(Relaxed),
            started: self.started.load(Relaxed),
            passivated: self.passivated.load(Relaxed),
            panicked: self.panicked.load(Relaxed),
            hung: self.hung.load(Relaxed),
        }
    }
}
