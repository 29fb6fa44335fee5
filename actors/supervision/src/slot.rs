//! An actor's place in the tree.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::{Duration, Instant};

use actix::Actor;
use tokio::sync::mpsc;

use crate::child::{Child, Managed, Overseer};
use crate::mailbox::Mailbox;
use crate::picture::ActorState;
use crate::poller::Poller;
use crate::residence::Residence;
use crate::tenancy::Tenancy;
use crate::vitals::Vitals;
use crate::{ActorSystem, Context};

/// Makes an actor's fresh state; called once per incarnation, on the thread where it will live.
pub(crate) type Factory<A> = Box<dyn Fn(&mut Context<A>) -> A + Send + Sync>;

/// An actor's place in the tree: what stays when incarnations come and go.
pub(crate) struct Slot<A: Actor<Context = Context<A>>> {
    pub(crate) vitals: Vitals,
    pub(crate) mailbox: Mailbox<A>,
    pub(crate) factory: Factory<A>,
}

impl<A: Actor<Context = Context<A>>> Child for Slot<A> {}

impl<A: Actor<Context = Context<A>>> Managed for Slot<A> {
    fn vitals(&self) -> &Vitals {
        &self.vitals
    }

    fn current(&self) -> Option<(&'static str, Duration)> {
        self.mailbox.current()
    }

    fn depth(&self) -> usize {
        self.mailbox.depth()
    }

    fn launch(self: Arc<Self>, system: &ActorSystem, overseer: Arc<dyn Overseer>) -> u64 {
        let vitals = &self.vitals;
        let (arbiter, seat) = system.arbiter(vitals.policy.arbiter);
        let (directives, inbox) = mpsc::unbounded_channel();
        let epoch = vitals.advance(ActorState::Starting);
        self.mailbox.admit(epoch);
        vitals.beat_answered.store(vitals.beat_sent.load(SeqCst), SeqCst);
        if epoch > 1 {
            vitals.restarts.fetch_add(1, Relaxed);
        }
        let residence = Arc::new(Residence::new(epoch, seat));
        let predecessor = {
            let mut record = vitals.record();
            record.started = Some(Instant::now());
            record.condition = None;
            // Replaces the old sender: an old poller that still sleeps wakes up and finds itself fenced.
            record.directives = Some(directives);
            record.overseer = Some(overseer.clone());
            record.residence.replace(residence.clone())
        };
        // One that sits on an abandoned thread cannot leave before that thread wakes; it is fenced, so let it sit.
        let predecessor = predecessor.filter(|predecessor| predecessor.seat == seat);
        let tenancy = Tenancy::new(residence, overseer);
        let (slot, system) = (self.clone(), system.clone());
        // If the arbiter is gone the closure is dropped, the tenancy with it, and that reports the exit.
        #[allow(
            clippy::disallowed_methods,
            reason = "this is where supervision begins: the poller is what survives"
        )]
        arbiter.spawn_fn(move || {
            actix_rt::spawn(Poller::new(slot, system, inbox, tenancy, predecessor));
        });
        epoch
    }

    fn fence(&self, epoch: u64) -> bool {
        let Some(next) = self.vitals.advance_from(epoch, ActorState::Backoff) else { return false };
        self.mailbox.admit(next);
        self.vitals.record().directives = None;
        true
    }

    fn draining(&self) -> bool {
        self.mailbox.draining()
    }

    fn drain(&self) {
        self.mailbox.drain();
    }

    fn close(&self) {
        self.vitals.become_in(self.vitals.epoch(), ActorState::Closed);
        self.mailbox.close();
        // Nobody is left to start them again.
        self.vitals.children.iter().rev().for_each(|child| child.close());
        let mut record = self.vitals.record();
        // The overseer holds its supervisor, the supervisor its children: let go of the circle.
        let circle = (record.overseer.take(), record.directives.take());
        drop(record);
        drop(circle);
    }
}
