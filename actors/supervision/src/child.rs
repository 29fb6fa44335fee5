//! A supervised actor of any type.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::picture::{ActorState, ActorStatus};
use crate::vitals::Vitals;
use crate::{ActorSystem, Exit};

/// A supervised actor of any type, as a supervisor and the live picture see it. Got from
/// [`Ref::child`](crate::Ref::child); it cannot be implemented elsewhere.
pub trait Child: Managed {
    /// Its place in the tree, `/top/intake/journal`; before the tree is started, its name.
    fn path(&self) -> String {
        self.vitals().path().to_owned()
    }

    /// Its name among its siblings.
    fn name(&self) -> &str {
        &self.vitals().name
    }

    /// What it is doing at the moment.
    fn state(&self) -> ActorState {
        self.vitals().state()
    }

    /// The number of its present incarnation; 0 before the first.
    fn epoch(&self) -> u64 {
        self.vitals().epoch()
    }

    /// Everything the live picture shows of it.
    fn status(&self) -> ActorStatus {
        ActorStatus::of(self)
    }
}

impl fmt::Debug for dyn Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("path", &self.path()).field("epoch", &self.epoch()).finish()
    }
}

/// The part of [`Child`] that only this crate uses.
pub trait Managed: Send + Sync {
    /// All that is known of it without its type.
    fn vitals(&self) -> &Vitals;
    /// The message it handles and for how long.
    fn current(&self) -> Option<(&'static str, Duration)>;
    /// Messages that wait.
    fn depth(&self) -> usize;
    /// Starts the next incarnation; its epoch comes back. Its end is reported to the overseer, exactly once.
    fn launch(self: Arc<Self>, system: &ActorSystem, overseer: Arc<dyn Overseer>) -> u64;
    /// From here on the incarnation `epoch` gets no message, is not listened to, and ends at its next step. False: that
    /// epoch is over already.
    fn fence(&self, epoch: u64) -> bool;
    /// Lets nothing ordinary in any more.
    fn drain(&self);
    /// Whether that is so.
    fn draining(&self) -> bool;
    /// Closes the mailbox for good.
    fn close(&self);
}

/// Whoever started an incarnation and hears of its end: a supervisor, or the root.
pub trait Overseer: Send + Sync + fmt::Debug {
    /// The incarnation `epoch` ended.
    fn exited(&self, epoch: u64, exit: Exit);
    /// Somebody wants the incarnation `epoch` restarted.
    fn restart(&self, epoch: u64) -> bool;
}
