//! The stream of what happens to actors.

use serde::Serialize;

use crate::{ChaosCommand, Exit};

/// Something that happened to an actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LifecycleEvent {
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Which actor.
    pub path: String,
    /// Which of its incarnations.
    pub epoch: u64,
    /// What.
    #[serde(flatten)]
    pub kind: Lifecycle,
}

/// What happened. Serialised with its name under `kind`, beside the rest of the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Lifecycle {
    /// An incarnation runs: its factory and its `started` are behind it.
    Started,
    /// An incarnation ended.
    Exited {
        /// How.
        exit: Exit,
    },
    /// It will be started again, after a wait.
    BackingOff {
        /// The wait.
        delay_ms: u64,
    },
    /// It will not be started again; its mailbox is closed.
    Closed,
    /// A supervisor spent its budget and fails.
    Escalated {
        /// Which child spent it, and how that ended.
        reason: String,
    },
    /// Its thread is blocked and was replaced by a new one.
    ThreadReplaced {
        /// The arbiter.
        arbiter: usize,
    },
    /// It said what keeps it from its work, or that nothing does any more.
    Noted {
        /// What it said.
        condition: Option<String>,
    },
    /// Somebody did something to it on purpose.
    CommandSent {
        /// What.
        #[serde(flatten)]
        command: ChaosCommand,
        /// Why, in their words.
        reason: String,
    },
}

/// Now, in milliseconds since 1970.
pub(crate) fn unix_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| since.as_millis() as u64)
}
