//! One incarnation's hold on its place in the tree.

use std::sync::Arc;

use crate::Exit;
use crate::child::Overseer;
use crate::residence::Residence;

/// One incarnation's hold on its place; however it is lost, exactly one exit is reported, after the actor is gone.
pub(crate) struct Tenancy {
    pub(crate) residence: Arc<Residence>,
    overseer: Option<Arc<dyn Overseer>>,
}

impl Tenancy {
    pub(crate) fn new(residence: Arc<Residence>, overseer: Arc<dyn Overseer>) -> Self {
        Tenancy { residence, overseer: Some(overseer) }
    }

    /// Reports the exit; later ends are no news.
    pub(crate) fn end(&mut self, exit: Exit) {
        if let Some(overseer) = self.overseer.take() {
            overseer.exited(self.residence.epoch, exit);
        }
        self.residence.leave();
    }
}

impl Drop for Tenancy {
    fn drop(&mut self) {
        self.end(Exit::Killed);
    }
}
