//! The replies an actor is working out.
//!
//! actix polls all that an actor has spawned whenever any of it wakes: with a few hundred replies under way that is most of
//! what a busy actor does. Here each reply has a waker of its own, and only those that were woken are polled.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as TaskContext, Wake, Waker};

use actix::{Actor, ActorFuture, AsyncContext};
use slab::Slab;

use crate::Context;

/// A reply that is still being worked out, whatever its type.
pub(crate) type Reply<A> = Pin<Box<dyn ActorFuture<A, Output = ()>>>;

/// The replies under way.
pub(crate) struct Promises<A: Actor> {
    running: Slab<Running<A>>,
    woken: Arc<Woken>,
}

struct Running<A: Actor> {
    reply: Reply<A>,
    bell: Arc<Bell>,
}

impl<A: Actor<Context = Context<A>>> Promises<A> {
    pub(crate) fn new() -> Self {
        Promises { running: Slab::new(), woken: Arc::default() }
    }

    /// Begins what was promised since, and polls each that was woken once. Stops where the actor is made to wait.
    pub(crate) fn poll(&mut self, actor: &mut A, ctx: &mut Context<A>, task: &mut TaskContext<'_>) {
        for reply in ctx.promised.drain(..) {
            let place = self.running.vacant_entry();
            let bell = Arc::new(Bell {
                number: place.key(),
                rung: AtomicBool::new(true),
                woken: self.woken.clone(),
            });
            self.woken.queue().numbers.push(bell.number);
            place.insert(Running { reply, bell });
        }
        let mut numbers = self.woken.take(task.waker()).into_iter();
        while !ctx.waiting() {
            let Some(number) = numbers.next() else { return };
            // None: a waker outlived its reply.
            let Some(running) = self.running.get_mut(number) else { continue };
            running.bell.rung.store(false, SeqCst);
            let waker = Waker::from(running.bell.clone());
            if running.reply.as_mut().poll(actor, ctx, &mut TaskContext::from_waker(&waker)).is_ready() {
                self.running.remove(number);
            }
        }
        // The end of the wait polls the actor, and thereby these.
        self.woken.queue().numbers.extend(numbers);
    }
}

/// The numbers of the replies to be polled, and who polls them.
#[derive(Default)]
struct Woken(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    numbers: Vec<usize>,
    actor: Option<Waker>,
}

impl Woken {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that were woken; the next one to wake wakes `actor`.
    fn take(&self, actor: &Waker) -> Vec<usize> {
        let mut queue = self.queue();
        queue.actor.get_or_insert_with(|| actor.clone()).clone_from(actor);
        std::mem::take(&mut queue.numbers)
    }
}

/// Wakes one reply.
struct Bell {
    number: usize,
    /// Is in the queue.
    rung: AtomicBool,
    woken: Arc<Woken>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.rung.swap(true, SeqCst) {
            return;
        }
        let mut queue = self.woken.queue();
        queue.numbers.push(self.number);
        let actor = queue.actor.clone();
        drop(queue);
        if let Some(actor) = actor {
            actor.wake();
        }
    }
}
