//! Stopping everything, in reverse.

use actix::ActorContext;

use super::{KidState, Supervisor};
use crate::{Context, Exit};

/// This supervisor is on its way out.
pub(super) struct Closing {
    /// Why, if it failed.
    exit: Option<Exit>,
    /// The program ends: mailboxes are drained and closed. Otherwise the next incarnation takes them over as they are.
    for_good: bool,
}

impl Supervisor {
    /// Begins to stop the children, unless that has begun already.
    pub(super) fn close(&mut self, exit: Option<Exit>, ctx: &mut Context<Self>) {
        if self.closing.is_none() {
            self.closing = Some(Closing { exit, for_good: ctx.draining() });
            self.close_next(ctx);
        }
    }

    /// Stops the last child that still runs; with none left, itself.
    pub(super) fn close_next(&mut self, ctx: &mut Context<Self>) {
        let Some(closing) = &self.closing else { return };
        let for_good = closing.for_good;
        if for_good {
            let ended = self
                .kids
                .iter_mut()
                .rev()
                .filter(|kid| matches!(kid.state, KidState::Down | KidState::Backoff));
            for kid in ended {
                kid.state = KidState::Gone;
                kid.child.close();
            }
        }
        if self.kids.iter().any(|kid| kid.state == KidState::Stopping) {
            return;
        }
        if let Some(last) = self.kids.iter().rposition(|kid| kid.state == KidState::Up) {
            return self.stop(last, for_good, ctx);
        }
        match closing_exit(self) {
            Some(exit) => ctx.fail(exit),
            None => ctx.stop(),
        }
    }
}

fn closing_exit(supervisor: &Supervisor) -> Option<Exit> {
    supervisor.closing.as_ref().and_then(|closing| closing.exit.clone())
}
