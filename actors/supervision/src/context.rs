//! The context of a supervised actor.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::dev::{AsyncContextParts, ContextParts};
use actix::fut::{ActorFutureExt, wrap_future};
use actix::{Actor, ActorContext, ActorFuture, ActorState, Addr, AsyncContext, SpawnHandle};
use tokio::sync::watch;
use tracing::Span;

use crate::promise::Promise;
use crate::promises::Reply;
use crate::pulse;
use crate::residence::Residence;
use crate::slot::Slot;
use crate::vitals::Vitals;
use crate::{ActorSystem, Exit, Noter, Pulse, Ref, Schedule, Task};

/// The context of a supervised actor: an actor opts in with `type Context = tropa_supervision::Context<Self>`. All that
/// actix offers (`run_interval`, `spawn`, `wait`, `StreamHandler`, …) works as ever.
///
/// The raw address, `ctx.address()`, exists because actix asks for it: what is sent to it is not bounded, not counted,
/// and lost with the incarnation. Use [`me`](Context::me).
pub struct Context<A: Actor<Context = Context<A>>> {
    parts: ContextParts<A>,
    slot: Arc<Slot<A>>,
    system: ActorSystem,
    pub(crate) residence: Arc<Residence>,
    pub(crate) exit: Option<Exit>,
    /// Tells the loops that they must end.
    stop_loops: watch::Sender<bool>,
    /// Set while a handler's response is being given: a future spawned then is that reply.
    pub(crate) replying: Option<Replying>,
    /// Replies promised since the last step.
    pub(crate) promised: Vec<Reply<A>>,
    /// Handles the control lane only, until resumed.
    pub(crate) suspended: bool,
    /// Is stopping and leaves what waits to the next incarnation.
    pub(crate) leaving: bool,
    /// Handles each message that much later, until then.
    pub(crate) slowed: Option<(Duration, Instant)>,
}

/// The reply that is being given.
pub(crate) struct Replying {
    pub(crate) span: Span,
    pub(crate) taken: Instant,
    /// Where the time of its type is recorded.
    pub(crate) place: usize,
}

impl<A: Actor<Context = Context<A>>> Context<A> {
    pub(crate) fn new(
        parts: ContextParts<A>,
        slot: Arc<Slot<A>>,
        system: ActorSystem,
        residence: Arc<Residence>,
    ) -> Self {
        Context {
            parts,
            slot,
            system,
            residence,
            exit: None,
            stop_loops: watch::Sender::new(false),
            replying: None,
            promised: Vec::new(),
            suspended: false,
            leaving: false,
            slowed: None,
        }
    }

    /// The stable reference to this actor.
    pub fn me(&self) -> Ref<A> {
        Ref(self.slot.clone())
    }

    /// The system it lives in.
    pub fn system(&self) -> &ActorSystem {
        &self.system
    }

    /// The number of this incarnation. Put it into side effects that outlive a message (leases, rows of locks), so that
    /// an old incarnation on a blocked thread is refused when it wakes.
    pub fn epoch(&self) -> u64 {
        self.residence.epoch
    }

    /// Whether this is the orderly end of the program: what waits is handled, nothing new comes in, no restart follows.
    pub fn draining(&self) -> bool {
        self.slot.mailbox.draining()
    }

    /// Stops with a reason. `stopping` and `stopped` are called; the supervisor decides by the reason.
    pub fn fail(&mut self, exit: Exit) {
        self.exit = Some(exit);
        self.parts.stop();
    }

    /// Notes what keeps this actor from its work, or that nothing does any more (`None`). Shown as `condition` in the
    /// live picture: an actor that lost its database keeps living and says so.
    pub fn note(&mut self, condition: impl Into<Option<String>>) {
        pulse::note(&*self.slot, &self.system, self.residence.epoch, condition.into());
    }

    /// The same for whoever works for this actor beside its mailbox.
    pub fn noter(&self) -> Noter {
        Noter::new(self.slot.clone(), self.system.clone(), self.residence.epoch)
    }

    /// Runs a loop beside the mailbox: one that hangs takes the actor with it, as [`Pulse`] says. An orderly stop waits for
    /// its end.
    pub fn task<F>(&mut self, name: &str, work: impl FnOnce(Pulse) -> F)
    where
        F: Future<Output = ()> + 'static,
    {
        let pulse = self.pulse(name).waited_for();
        self.spawn(wrap_future(work(pulse)));
    }

    /// Makes rounds beside the mailbox, as [`Every`](crate::Every) does.
    pub fn every(&mut self, name: &str, schedule: Schedule, round: impl AsyncFnMut(&Pulse) + 'static) {
        self.task(name, |pulse| async move { pulse.every(schedule, round).await });
    }

    /// Runs the loop that the actor is there for, and ends with it.
    pub(crate) fn live_by(&mut self, task: impl Task) {
        let pulse = self.pulse(&self.slot.vitals.name).waited_for();
        self.spawn(wrap_future::<_, A>(task.run(pulse)).map(|(), _, ctx| ctx.stop()));
    }

    /// For work that the actor spawns again and again and sees to the end by itself: by it the actor says how that gets on. An
    /// orderly stop does not wait for it.
    pub fn pulse(&self, name: &str) -> Pulse {
        let stop = self.stop_loops.subscribe();
        Pulse::new(name, self.slot.clone(), self.system.clone(), self.residence.clone(), stop)
    }

    pub(crate) fn stop_loops(&self) {
        self.stop_loops.send_replace(true);
    }

    /// Whether this incarnation has been replaced, and goes on only because its thread was stuck.
    pub(crate) fn is_stale(&self) -> bool {
        self.slot.vitals.epoch() != self.residence.epoch
    }

    pub(crate) fn vitals(&self) -> &Vitals {
        &self.slot.vitals
    }
}

impl<A: Actor<Context = Context<A>>> ActorContext for Context<A> {
    fn stop(&mut self) {
        self.parts.stop();
    }

    fn terminate(&mut self) {
        self.parts.terminate();
    }

    fn state(&self) -> ActorState {
        self.parts.state()
    }
}

impl<A: Actor<Context = Context<A>>> AsyncContext<A> for Context<A> {
    fn spawn<F>(&mut self, future: F) -> SpawnHandle
    where
        F: ActorFuture<A, Output = ()> + 'static,
    {
        match self.replying.take() {
            Some(replying) => {
                self.promised.push(Box::pin(Promise::new(future, replying, self.residence.clone())));
                SpawnHandle::default() // whoever gives a reply has no use for it
            }
            None => self.parts.spawn(future),
        }
    }

    fn wait<F>(&mut self, future: F)
    where
        F: ActorFuture<A, Output = ()> + 'static,
    {
        match self.replying.take() {
            Some(replying) => self.parts.wait(Promise::new(future, replying, self.residence.clone())),
            None => self.parts.wait(future),
        }
    }

    fn waiting(&self) -> bool {
        self.parts.waiting()
    }

    fn cancel_future(&mut self, handle: SpawnHandle) -> bool {
        self.parts.cancel_future(handle)
    }

    fn address(&self) -> Addr<A> {
        self.parts.address()
    }
}

impl<A: Actor<Context = Context<A>>> AsyncContextParts<A> for Context<A> {
    fn parts(&mut self) -> &mut ContextParts<A> {
        &mut self.parts
    }
}
