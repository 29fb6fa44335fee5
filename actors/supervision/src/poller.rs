//! What polls an actor and survives it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context as TaskContext, Poll, ready};
use std::time::Instant;

use actix::dev::{ContextFut, ContextParts, Mailbox as RawMailbox};
use actix::{Actor, ActorContext, AsyncContext};
use tokio::sync::mpsc;

use crate::directive::Directive;
use crate::event::Lifecycle;
use crate::feeder::Feeder;
use crate::panics::caught;
use crate::picture::ActorState;
use crate::residence::Residence;
use crate::slot::Slot;
use crate::tenancy::Tenancy;
use crate::{ActorSystem, ChaosCommand, Context, Exit};

/// An actor and its context as actix polls them.
type Life<A> = Pin<Box<ContextFut<A, Context<A>>>>;

/// Owns one incarnation: makes it, polls it under `catch_unwind`, obeys directives, reports its end.
pub(crate) struct Poller<A: Actor<Context = Context<A>>> {
    slot: Arc<Slot<A>>,
    system: ActorSystem,
    directives: mpsc::UnboundedReceiver<Directive>,
    tenancy: Tenancy,
    /// The incarnation before, for as long as it may still be there.
    predecessor: Option<Arc<Residence>>,
    actor: Option<Life<A>>,
    announced: bool,
    leaving: Option<Leaving>,
}

/// An orderly stop under way.
struct Leaving {
    exit: Exit,
    /// What waits in the mailbox is handled first.
    drain: bool,
    /// Replies, and what waits, had their time; loops have all of it.
    hurried: bool,
    /// The actor's own `stop` was called.
    told: bool,
}

impl Leaving {
    fn new(exit: Exit, drain: bool) -> Self {
        Leaving { exit, drain, hurried: false, told: false }
    }
}

// The pinned future is boxed; nothing else here is ever pinned.
impl<A: Actor<Context = Context<A>>> Unpin for Poller<A> {}

impl<A: Actor<Context = Context<A>>> Poller<A> {
    pub(crate) fn new(
        slot: Arc<Slot<A>>,
        system: ActorSystem,
        directives: mpsc::UnboundedReceiver<Directive>,
        tenancy: Tenancy,
        predecessor: Option<Arc<Residence>>,
    ) -> Self {
        Poller {
            slot,
            system,
            directives,
            tenancy,
            predecessor,
            actor: None,
            announced: false,
            leaving: None,
        }
    }

    fn epoch(&self) -> u64 {
        self.tenancy.residence.epoch
    }

    /// Makes the actor. `Err`: the factory panicked.
    fn begin(&mut self) -> Result<(), String> {
        let (slot, system, residence) =
            (self.slot.clone(), self.system.clone(), self.tenancy.residence.clone());
        let leaving = self.leaving.is_some();
        let actor = caught(move || {
            let raw = RawMailbox::default();
            let parts = ContextParts::new(raw.sender_producer());
            let mut ctx = Context::new(parts, slot.clone(), system, residence.clone());
            let actor = (slot.factory)(&mut ctx);
            if leaving {
                ctx.stop_loops();
            }
            ctx.spawn(Feeder::new(slot, residence.epoch));
            Box::pin(ContextFut::new(ctx, actor, raw))
        });
        self.actor = Some(actor?);
        Ok(())
    }

    /// Obeys one directive. `Some`: this is the end.
    fn obey(&mut self, directive: Directive) -> Option<Exit> {
        let vitals = &self.slot.vitals;
        match directive {
            Directive::Beat(beat) => {
                vitals.beat_passed.fetch_max(beat, SeqCst);
            }
            Directive::Abort(exit) => return Some(exit),
            Directive::Stop => self.leave(false),
            Directive::Drain => self.leave(true),
            Directive::Hurry => {
                if let Some(leaving) = &mut self.leaving {
                    leaving.hurried = true;
                }
            }
            Directive::Chaos(command) => return self.suffer(command),
        }
        None
    }

    fn leave(&mut self, drain: bool) {
        self.slot.vitals.become_in(self.epoch(), ActorState::Stopping);
        if drain {
            self.slot.mailbox.drain();
        }
        if let Some(actor) = &mut self.actor {
            actor.ctx().leaving = !drain;
            // A suspended actor wakes up to drain: what was accepted is handled.
            actor.ctx().suspended = false;
            actor.ctx().slowed = None;
            actor.ctx().stop_loops();
        }
        self.leaving = Some(Leaving::new(Exit::Shutdown, drain));
    }

    fn suffer(&mut self, command: ChaosCommand) -> Option<Exit> {
        let ctx = self.actor.as_mut()?.ctx();
        match command {
            // Its loops end in good order, too.
            ChaosCommand::Stop if self.tenancy.residence.loops() > 0 => {
                ctx.stop_loops();
                self.leaving.get_or_insert_with(|| Leaving::new(Exit::Normal, false));
            }
            ChaosCommand::Stop => ctx.stop(),
            ChaosCommand::Kill => return Some(Exit::Killed),
            ChaosCommand::Panic => {
                return caught(|| panic!("injected")).err().map(Exit::Panic);
            }
            ChaosCommand::Hang => ctx.wait(actix::fut::wrap_future(std::future::pending::<()>())),
            ChaosCommand::Block { lasting } => std::thread::sleep(lasting),
            ChaosCommand::Slow { delay, lasting } => {
                ctx.slowed = (!delay.is_zero()).then(|| (delay, Instant::now() + lasting));
            }
            // One that is on its way out stays on its way out.
            ChaosCommand::Suspend | ChaosCommand::Resume if self.leaving.is_some() => {}
            ChaosCommand::Suspend | ChaosCommand::Resume => {
                ctx.suspended = command == ChaosCommand::Suspend;
                let state = if ctx.suspended { ActorState::Suspended } else { ActorState::Running };
                self.slot.vitals.become_in(self.epoch(), state);
            }
            // A restart is the supervisor's business.
            ChaosCommand::Restart => {}
        }
        None
    }

    /// One step of the actor; `Ready` with how it ended.
    fn step(&mut self, task: &mut TaskContext<'_>) -> Poll<Exit> {
        loop {
            let Some(actor) = &mut self.actor else { return Poll::Ready(Exit::Killed) };
            match caught(|| actor.as_mut().poll(task)) {
                Err(panic) => {
                    let during = self.slot.mailbox.current();
                    let text = during.map_or(panic.clone(), |(message, _)| {
                        format!("handling {}: {panic}", crate::picture::short_name(message))
                    });
                    return Poll::Ready(Exit::Panic(text));
                }
                Ok(Poll::Ready(())) => {
                    let said = actor.ctx().exit.take();
                    let asked = self.leaving.take().map(|leaving| leaving.exit);
                    return Poll::Ready(said.or(asked).unwrap_or(Exit::Normal));
                }
                Ok(Poll::Pending) => {
                    self.announce();
                    if !self.leaves_now() {
                        return Poll::Pending;
                    }
                }
            }
        }
    }

    fn announce(&mut self) {
        if !self.announced {
            self.announced = true;
            if self.slot.vitals.begin_running(self.epoch()) {
                let (path, epoch) = (self.slot.vitals.path(), self.epoch());
                if epoch > 1 {
                    tracing::info!(path, epoch, "actor started again");
                } else {
                    tracing::debug!(path, epoch, "actor started");
                }
                self.system.publish(&self.slot.vitals, self.epoch(), Lifecycle::Started);
            }
        }
    }

    /// Calls the actor's `stop` once everything it owes is done. True: it has just been called, poll again.
    fn leaves_now(&mut self) -> bool {
        let (Some(leaving), Some(actor)) = (&mut self.leaving, &mut self.actor) else { return false };
        let residence = &self.tenancy.residence;
        let owes = residence.replies() > 0 || (leaving.drain && self.slot.mailbox.depth() > 0);
        if leaving.told || residence.loops() > 0 || (owes && !leaving.hurried) {
            return false;
        }
        leaving.told = true;
        actor.ctx().stop();
        true
    }

    /// Drops what is left of the actor, then reports.
    fn end(&mut self, exit: Exit) -> Poll<()> {
        self.bury();
        self.tenancy.end(exit);
        Poll::Ready(())
    }

    fn bury(&mut self) {
        if let Some(mut actor) = self.actor.take() {
            // Terminated first: otherwise dropping it would call `stopping` and `stopped` on a corpse.
            let _ = caught(move || {
                actor.ctx().terminate();
                drop(actor);
            });
        }
    }
}

impl<A: Actor<Context = Context<A>>> Future for Poller<A> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.slot.vitals.epoch() != this.epoch() {
            return this.end(Exit::Killed); // fenced: nobody listens any more
        }
        if let Some(predecessor) = &this.predecessor {
            ready!(predecessor.poll_left(task));
            this.predecessor = None;
        }
        if this.actor.is_none()
            && let Err(panic) = this.begin()
        {
            return this.end(Exit::Panic(format!("in the factory: {panic}")));
        }
        while let Poll::Ready(directive) = this.directives.poll_recv(task) {
            let end = match directive {
                Some(directive) => this.obey(directive),
                None => Some(Exit::Killed),
            };
            if let Some(exit) = end {
                return this.end(exit);
            }
        }
        let exit = ready!(this.step(task));
        this.end(exit)
    }
}

impl<A: Actor<Context = Context<A>>> Drop for Poller<A> {
    fn drop(&mut self) {
        self.bury(); // its arbiter was stopped under it
    }
}
