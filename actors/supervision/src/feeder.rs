//! From the mailbox to the handlers, and from there to the replies.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context as TaskContext, Poll};
use std::time::Instant;

use actix::{Actor, ActorFuture, AsyncContext, fut};

use crate::Context;
use crate::mailbox::{Lanes, Taken};
use crate::promises::Promises;
use crate::slot::Slot;

/// Messages handled in a row before the thread's other actors get their turn. actix's own mailbox never yields: beside
/// a flooded actor, a sibling's timer fired once instead of 200 times.
const BURST: usize = 64;

/// Feeds an actor from its mailbox, and sees to the replies it promises. An ordinary actor future, so that `ctx.wait` and `AtomicResponse` pause it.
pub(crate) struct Feeder<A: Actor<Context = Context<A>>> {
    slot: Arc<Slot<A>>,
    epoch: u64,
    /// The delay before the next message (chaos) is over.
    delayed: bool,
    promises: Promises<A>,
}

// Nothing here is ever pinned.
impl<A: Actor<Context = Context<A>>> Unpin for Feeder<A> {}

impl<A: Actor<Context = Context<A>>> Feeder<A> {
    pub(crate) fn new(slot: Arc<Slot<A>>, epoch: u64) -> Self {
        Feeder { slot, epoch, delayed: false, promises: Promises::new() }
    }

    /// Hands over what waits. Ready: another incarnation has the mailbox.
    fn handle(&mut self, actor: &mut A, ctx: &mut Context<A>, task: &mut TaskContext<'_>) -> Poll<()> {
        let vitals = &self.slot.vitals;
        vitals.beat_answered.fetch_max(vitals.beat_sent.load(SeqCst), SeqCst);
        for _ in 0..BURST {
            if ctx.waiting() {
                return Poll::Pending;
            }
            let lanes = if ctx.suspended || ctx.leaving { Lanes::Control } else { Lanes::Both };
            if let Some((delay, until)) = ctx.slowed
                && !self.delayed
                && self.slot.mailbox.depth() > 0
            {
                if Instant::now() >= until {
                    ctx.slowed = None;
                    continue;
                }
                self.delayed = true;
                ctx.wait(fut::wrap_future(tokio::time::sleep(delay)));
                return Poll::Pending;
            }
            match self.slot.mailbox.take(self.epoch, lanes, task.waker()) {
                Taken::Message(message, taken) => {
                    self.delayed = false;
                    message.open(actor, ctx, taken);
                }
                Taken::Empty => return Poll::Pending,
                Taken::Fenced => return Poll::Ready(()),
            }
        }
        task.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<A: Actor<Context = Context<A>>> ActorFuture<A> for Feeder<A> {
    type Output = ();

    fn poll(
        mut self: Pin<&mut Self>,
        actor: &mut A,
        ctx: &mut Context<A>,
        task: &mut TaskContext<'_>,
    ) -> Poll<()> {
        let handled = self.handle(actor, ctx, task);
        self.promises.poll(actor, ctx, task);
        handled
    }
}
