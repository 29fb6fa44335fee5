//! The supervisor: an actor that keeps actors.

mod closing;
mod failing;
mod keeping;
mod kid;
mod spec;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, AsyncContext, Handler, Message, Running};

use crate::child::Overseer;
use crate::directive::Directive;
use crate::probe::Probe;
use crate::{Context, Exit, Ref};

use closing::Closing;
use kid::{Kid, KidState};
use spec::Plan;
pub use spec::SupervisorSpec;

/// Keeps its children: starts them in order, watches them, restarts them by its strategy within its budget, stops them in
/// reverse. Made by [`SupervisorSpec`]. It is an actor like those it keeps: nest it, kill it, watch it.
pub struct Supervisor {
    plan: Arc<Plan>,
    kids: Vec<Kid>,
    /// Stopped, or being stopped, to be started together.
    group: BTreeSet<usize>,
    /// The wait before that.
    group_delay: Duration,
    /// Which of the timers for that counts.
    group_round: u64,
    closing: Option<Closing>,
}

impl Supervisor {
    fn new(plan: Arc<Plan>) -> Self {
        let now = Instant::now();
        let kids = plan.children.iter().map(|child| Kid::new(child.clone(), now)).collect();
        Supervisor {
            plan,
            kids,
            group: BTreeSet::new(),
            group_delay: Duration::ZERO,
            group_round: 0,
            closing: None,
        }
    }
}

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        if let Some(keeping) = &ctx.vitals().keeping {
            keeping.renew();
        }
        for position in 0..self.kids.len() {
            self.start(position, ctx);
        }
        let limits = self.kids.iter().filter_map(|kid| kid.vitals().policy.patience());
        if let Some(limit) = limits.min() {
            ctx.run_interval(Probe::interval(limit), Supervisor::check);
        }
    }

    fn stopping(&mut self, ctx: &mut Context<Self>) -> Running {
        self.close(None, ctx);
        if self.kids.iter().any(Kid::is_alive) { Running::Continue } else { Running::Stop }
    }
}

impl Drop for Supervisor {
    /// Killed, or it panicked: takes its children along, the last one first. The next incarnation starts them again.
    fn drop(&mut self) {
        for kid in self.kids.iter().rev() {
            kid.direct(Directive::Abort(Exit::Shutdown));
        }
    }
}

/// A child's incarnation ended. From its poller, in the control lane.
#[derive(Message)]
#[rtype(result = "()")]
struct Exited {
    position: usize,
    epoch: u64,
    exit: Exit,
}

impl Handler<Exited> for Supervisor {
    type Result = ();

    fn handle(&mut self, exited: Exited, ctx: &mut Context<Self>) {
        if self.kids[exited.position].answers_for(exited.epoch) {
            self.exited(exited.position, &exited.exit, ctx);
        } else {
            // A zombie's, or of children that died with the supervisor before this one.
            let vitals = self.kids[exited.position].vitals();
            ctx.system().note_exit(vitals, exited.epoch, &exited.exit);
        }
    }
}

/// Somebody wants a child restarted. From [`ActorSystem::command`](crate::ActorSystem::command), in the control lane.
#[derive(Message)]
#[rtype(result = "()")]
struct RestartKid {
    position: usize,
    epoch: u64,
}

impl Handler<RestartKid> for Supervisor {
    type Result = ();

    fn handle(&mut self, wanted: RestartKid, ctx: &mut Context<Self>) {
        self.restart(wanted.position, wanted.epoch, ctx);
    }
}

/// What a supervisor gives each child it starts, to be heard of again.
#[derive(Debug)]
struct Oversight {
    supervisor: Ref<Supervisor>,
    position: usize,
}

impl Overseer for Oversight {
    fn exited(&self, epoch: u64, exit: Exit) {
        self.supervisor.control(Exited { position: self.position, epoch, exit });
    }

    fn restart(&self, epoch: u64) -> bool {
        self.supervisor.control(RestartKid { position: self.position, epoch })
    }
}
