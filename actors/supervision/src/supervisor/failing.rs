//! What follows when a child ended.

use std::time::{Duration, Instant};

use actix::AsyncContext;

use super::{KidState, Supervisor};
use crate::event::Lifecycle;
use crate::picture::ActorState;
use crate::{Context, Exit, Restart, Strategy};

impl Supervisor {
    /// A child's present incarnation ended.
    pub(super) fn exited(&mut self, position: usize, exit: &Exit, ctx: &mut Context<Self>) {
        let kid = &mut self.kids[position];
        let planned = kid.state == KidState::Stopping;
        let again = std::mem::take(&mut kid.again);
        kid.state = KidState::Down;
        let vitals = kid.vitals();
        ctx.system().note_exit(vitals, kid.epoch, exit);
        vitals.become_in(vitals.epoch(), ActorState::Backoff);
        if self.closing.is_some() {
            self.close_next(ctx);
        } else if planned && again && !self.group.contains(&position) {
            self.start(position, ctx);
        } else if planned {
            self.regroup(ctx);
        } else if vitals.policy.restart.applies_to(exit) {
            self.failed(position, exit, ctx);
        } else {
            self.retire(position, ctx);
        }
    }

    /// It is not started again: its mailbox closes, and so do those below it.
    fn retire(&mut self, position: usize, ctx: &Context<Self>) {
        let kid = &mut self.kids[position];
        kid.state = KidState::Gone;
        kid.child.close();
        ctx.system().publish(kid.vitals(), kid.epoch, Lifecycle::Closed);
    }

    /// It is to be started again: at the cost of the budget, after a wait, with its group.
    fn failed(&mut self, position: usize, exit: &Exit, ctx: &mut Context<Self>) {
        let covered = ctx.vitals().keeping.as_ref().is_none_or(|keeping| keeping.book(Instant::now()));
        if !covered {
            return self.escalate(position, exit, ctx);
        }
        let kid = &mut self.kids[position];
        let backoff = kid.vitals().policy.backoff;
        kid.failures = backoff.count(kid.failures, kid.since.elapsed());
        let delay = backoff.delay(kid.failures);
        let event = Lifecycle::BackingOff { delay_ms: delay.as_millis() as u64 };
        ctx.system().publish(kid.vitals(), kid.epoch, event);
        if self.plan.strategy == Strategy::OneForOne {
            self.start_later(position, delay, ctx);
        } else {
            self.restart_group(position, delay, ctx);
        }
    }

    fn start_later(&mut self, position: usize, delay: Duration, ctx: &mut Context<Self>) {
        let kid = &mut self.kids[position];
        kid.state = KidState::Backoff;
        let epoch = kid.epoch;
        ctx.run_later(delay, move |supervisor, ctx| {
            let kid = &supervisor.kids[position];
            if kid.state == KidState::Backoff && kid.epoch == epoch {
                supervisor.start(position, ctx);
            }
        });
    }

    fn restart_group(&mut self, failed: usize, delay: Duration, ctx: &mut Context<Self>) {
        self.group_delay = self.group_delay.max(delay);
        let affected = self.plan.strategy.affected(failed, self.kids.len());
        for position in affected.rev() {
            if self.kids[position].state == KidState::Up {
                self.stop(position, false, ctx);
            }
            if self.kids[position].state != KidState::Gone {
                self.group.insert(position);
            }
        }
        self.regroup(ctx);
    }

    /// Starts the group once all of it is down and the wait is over.
    fn regroup(&mut self, ctx: &mut Context<Self>) {
        if self.group.iter().any(|position| self.kids[*position].state == KidState::Stopping) {
            return;
        }
        self.group_round += 1; // a failure that came meanwhile starts the wait anew
        let round = self.group_round;
        ctx.run_later(self.group_delay, move |supervisor, ctx| {
            if supervisor.group_round == round {
                supervisor.start_group(ctx);
            }
        });
    }

    fn start_group(&mut self, ctx: &mut Context<Self>) {
        self.group_delay = Duration::ZERO;
        for position in std::mem::take(&mut self.group) {
            // As in OTP: a temporary child that fell with its siblings stays down.
            if self.kids[position].vitals().policy.restart == Restart::Temporary {
                self.retire(position, ctx);
            } else {
                self.start(position, ctx);
            }
        }
    }

    /// The budget is spent: this supervisor fails, and its parent decides.
    fn escalate(&mut self, position: usize, exit: &Exit, ctx: &mut Context<Self>) {
        let path = self.kids[position].vitals().path();
        let budget = self.plan.budget;
        let reason =
            format!("more than {} restarts within {:?}; {path} {exit}", budget.max_restarts, budget.within);
        let event = Lifecycle::Escalated { reason: reason.clone() };
        ctx.system().publish(ctx.vitals(), ctx.epoch(), event);
        self.close(Some(Exit::Escalated(reason)), ctx);
    }
}
