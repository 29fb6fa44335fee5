//! The replies an actor is working out.
//!
//! actix polls all that an actor has spawned whenever any of it wakes: with a few hundred replies under way that is most of
//! what a busy actor does. Here each reply has a waker of its own, and only those that were woken are polled.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Waker};

use actix::{Actor, ActorFuture, AsyncContext};
use slab::Slab;

use crate::Context;
use crate::bell::{Bell, Bells};

/// A reply that is still being worked out, whatever its type.
pub(crate) type Reply<A> = Pin<Box<dyn ActorFuture<A, Output = ()>>>;

/// The replies under way.
pub(crate) struct Promises<A: Actor> {
    running: Slab<Running<A>>,
    bells: Arc<Bells>,
}

struct Running<A: Actor> {
    reply: Reply<A>,
    bell: Arc<Bell>,
}

impl<A: Actor<Context = Context<A>>> Promises<A> {
    pub(crate) fn new() -> Self {
        Promises { running: Slab::new(), bells: Arc::default() }
    }

    /// Begins what was promised since, and polls each that was woken once. Stops where the actor is made to wait.
    pub(crate) fn poll(&mut self, actor: &mut A, ctx: &mut Context<A>, task: &mut TaskContext<'_>) {
        for reply in ctx.promised.drain(..) {
            let place = self.running.vacant_entry();
            let bell = self.bells.hang(place.key());
            bell.set();
            place.insert(Running { reply, bell });
        }
        let mut numbers = self.bells.rung(task.waker()).into_iter();
        while !ctx.waiting() {
            let Some(number) = numbers.next() else { return };
            // None: a waker outlived its reply.
            let Some(running) = self.running.get_mut(number) else { continue };
            running.bell.still();
            let waker = Waker::from(running.bell.clone());
            if running.reply.as_mut().poll(actor, ctx, &mut TaskContext::from_waker(&waker)).is_ready() {
                self.running.remove(number);
            }
        }
        // The end of the wait polls the actor, and thereby these.
        self.bells.leave(numbers);
    }
}
