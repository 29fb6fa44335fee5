//! From the mailbox to the handlers.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context as TaskContext, Poll};

use actix::{Actor, ActorFuture, AsyncContext, fut};

use crate::Context;
use crate::mailbox::{Lanes, Taken};
use crate::slot::Slot;

/// Messages handled in a row before the thread's other actors get their turn. actix's own mailbox never yields: beside
/// a flooded actor, a sibling's timer fired once instead of 200 times.
const BURST: usize = 64;

/// Feeds an actor from its mailbox. An ordinary actor future, so that `ctx.wait` and `AtomicResponse` pause it.
pub(crate) struct Feed<A: Actor<Context = Context<A>>> {
    slot: Arc<Slot<A>>,
    epoch: u64,
    /// The delay before the next message (chaos) is over.
    delayed: bool,
}

impl<A: Actor<Context = Context<A>>> Feed<A> {
    pub(crate) fn new(slot: Arc<Slot<A>>, epoch: u64) -> Self {
        Feed { slot, epoch, delayed: false }
    }
}

impl<A: Actor<Context = Context<A>>> ActorFuture<A> for Feed<A> {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        actor: &mut A,
        ctx: &mut Context<A>,
        task: &mut TaskContext<'_>,
    ) -> Poll<()> {
        let this = self.get_mut();
        let vitals = &this.slot.vitals;
        vitals.beat_answered.fetch_max(vitals.beat_sent.load(SeqCst), SeqCst);
        for _ in 0..BURST {
            if ctx.waiting() {
                return Poll::Pending;
            }
            let lanes = if ctx.suspended || ctx.leaving { Lanes::Control } else { Lanes::Both };
            if let Some(delay) = ctx.slowed
                && !this.delayed
                && this.slot.mailbox.depth() > 0
            {
                this.delayed = true;
                ctx.wait(fut::wrap_future(tokio::time::sleep(delay)));
                return Poll::Pending;
            }
            match this.slot.mailbox.take(this.epoch, lanes, task.waker()) {
                Taken::Letter(letter, taken) => {
                    this.delayed = false;
                    letter.open(actor, ctx, taken);
                }
                Taken::Empty => return Poll::Pending,
                Taken::Fenced => return Poll::Ready(()),
            }
        }
        task.waker().wake_by_ref();
        Poll::Pending
    }
}
