//! Starting, stopping and watching children.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use actix::AsyncContext;

use super::{Oversight, Phase, Supervisor};
use crate::order::Order;
use crate::probe::{Health, Probe};
use crate::{Context, Exit};

impl Supervisor {
    /// Starts a child that is down, unless everything is closing, or the children are a newer incarnation's by now.
    pub(super) fn start(&mut self, position: usize, ctx: &mut Context<Self>) {
        let kid = &mut self.kids[position];
        if self.closing.is_some() || ctx.is_stale() || !matches!(kid.phase, Phase::Down | Phase::Backoff) {
            return;
        }
        let oversight = Arc::new(Oversight { supervisor: ctx.me(), position });
        kid.epoch = kid.child.clone().launch(ctx.system(), oversight);
        kid.phase = Phase::Up;
        kid.again = false;
        kid.since = Instant::now();
        kid.probe = Probe::new(kid.since);
    }

    /// Asks a child to stop: half of its time is for the replies in flight, all of it for the rest, then it is fenced.
    pub(super) fn stop(&mut self, position: usize, drain: bool, ctx: &mut Context<Self>) {
        let kid = &mut self.kids[position];
        kid.phase = Phase::Stopping;
        let (epoch, limit) = (kid.epoch, kid.vitals().shutdown_within());
        if drain {
            kid.child.drain(); // at once, not only when its driver gets to it
        }
        kid.order(if drain { Order::Drain } else { Order::Stop });
        ctx.run_later(limit / 2, move |supervisor, _| {
            let kid = &supervisor.kids[position];
            if kid.phase == Phase::Stopping {
                kid.vitals().order(epoch, Order::Hurry);
            }
        });
        ctx.run_later(limit, move |supervisor, ctx| {
            let kid = &supervisor.kids[position];
            let doing = kid.occupation();
            if kid.phase == Phase::Stopping && kid.child.fence(epoch) {
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
        match kid.phase {
            Phase::Up if kid.epoch == epoch => {
                kid.again = true;
                self.stop(position, false, ctx);
            }
            Phase::Backoff => self.start(position, ctx),
            // Coming back anyway, gone for good, or a newer one already.
            Phase::Up | Phase::Stopping | Phase::Down | Phase::Gone => {}
        }
    }

    /// Sends every child a heartbeat and deals with those that left the last ones unanswered.
    pub(super) fn check(&mut self, ctx: &mut Context<Self>) {
        if ctx.is_stale() {
            return;
        }
        self.show_budget(ctx);
        let now = Instant::now();
        for position in 0..self.kids.len() {
            let kid = &mut self.kids[position];
            if kid.phase != Phase::Up {
                continue;
            }
            match kid.probe.check(kid.child.vitals(), kid.epoch, now) {
                Health::Well => {}
                Health::ActorHung => {
                    kid.order(Order::Abort(Exit::Hung(kid.occupation())));
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

    pub(super) fn show_budget(&mut self, ctx: &Context<Self>) {
        let left = self.spent.left(&self.plan.budget, Instant::now());
        ctx.vitals().budget_left.store(left, Relaxed);
    }
}
