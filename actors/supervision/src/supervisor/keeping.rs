//! Starting, stopping and watching children.

use std::sync::Arc;
use std::time::Instant;

use actix::AsyncContext;

use super::{KidState, Oversight, Supervisor};
use crate::directive::Directive;
use crate::probe::{Health, Probe};
use crate::{Context, Exit};

impl Supervisor {
    /// Starts a child that is down, unless everything is closing, or the children are a newer incarnation's by now.
    pub(super) fn start(&mut self, position: usize, ctx: &mut Context<Self>) {
        let kid = &mut self.kids[position];
        if self.closing.is_some()
            || ctx.is_stale()
            || !matches!(kid.state, KidState::Down | KidState::Backoff)
        {
            return;
        }
        let oversight = Arc::new(Oversight { supervisor: ctx.me(), position });
        kid.epoch = kid.child.clone().launch(ctx.system(), oversight);
        kid.state = KidState::Up;
        kid.again = false;
        kid.since = Instant::now();
        kid.probe = Probe::new(kid.since);
    }

    /// Asks a child to stop: half of its time is for the replies in flight, all of it for the rest, then it is fenced.
    pub(super) fn stop(&mut self, position: usize, drain: bool, ctx: &mut Context<Self>) {
        let kid = &mut self.kids[position];
        kid.state = KidState::Stopping;
        let (epoch, limit) = (kid.epoch, kid.vitals().shutdown_within());
        if drain {
            kid.child.drain(); // at once, not only when its poller gets to it
        }
        kid.direct(if drain { Directive::Drain } else { Directive::Stop });
        ctx.run_later(limit / 2, move |supervisor, _| {
            let kid = &supervisor.kids[position];
            if kid.state == KidState::Stopping {
                kid.vitals().direct(epoch, Directive::Hurry);
            }
        });
        ctx.run_later(limit, move |supervisor, ctx| {
            let kid = &supervisor.kids[position];
            let doing = kid.occupation();
            if kid.state == KidState::Stopping && kid.child.fence(epoch) {
                supervisor.exited(
                    position,
                    &Exit::Hung(format!("did not stop within {limit:?}; {doing}")),
                    ctx,
                );
            }
        });
    }

    /// A restart on command.
    pub(super) fn restart(&mut self, position: usize, epoch: u64, ctx: &mut Context<Self>) {
        let kid = &mut self.kids[position];
        match kid.state {
            KidState::Up if kid.epoch == epoch => {
                kid.again = true;
                self.stop(position, false, ctx);
            }
            KidState::Backoff => self.start(position, ctx),
            // Coming back anyway, gone for good, or a newer one already.
            KidState::Up | KidState::Stopping | KidState::Down | KidState::Gone => {}
        }
    }

    /// Sends every child a heartbeat and deals with those that left the last ones unanswered.
    pub(super) fn check(&mut self, ctx: &mut Context<Self>) {
        if ctx.is_stale() {
            return;
        }
        let now = Instant::now();
        for position in 0..self.kids.len() {
            let kid = &mut self.kids[position];
            if kid.state != KidState::Up {
                continue;
            }
            match kid.probe.check(kid.child.vitals(), kid.epoch, now) {
                Health::Well => {}
                Health::ActorHung => {
                    kid.direct(Directive::Abort(Exit::Hung(kid.occupation())));
                }
                Health::ThreadBlocked => {
                    let exit = Exit::Hung(format!("its thread is blocked; {}", kid.occupation()));
                    kid.child.fence(kid.epoch);
                    ctx.system().replace_thread(kid.vitals());
                    self.exited(position, &exit, ctx);
                }
            }
        }
    }
}
