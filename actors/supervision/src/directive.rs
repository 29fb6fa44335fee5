//! What a poller is told.

use crate::{ChaosCommand, Exit};

/// What the poller of one incarnation is told, by its supervisor or by [`ActorSystem::command`](crate::ActorSystem::command).
#[derive(Debug)]
pub(crate) enum Directive {
    /// Take no further ordinary message, finish the replies in flight, stop.
    Stop,
    /// Handle what waits, finish the replies in flight, stop.
    Drain,
    /// The patience for replies in flight is over: call `stopping` now.
    Hurry,
    /// Drop the actor where it stands.
    Abort(Exit),
    /// A heartbeat: pass it on to the actor.
    Beat(u64),
    /// An experiment.
    Chaos(ChaosCommand),
}
