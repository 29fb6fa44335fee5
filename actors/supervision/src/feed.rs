//! From the mailbox to the handlers.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context as TaskContext, Poll};

use actix::{Actor, ActorFuture, AsyncContext, fut};

use crate::Context;
use crate::context::Replying;
use crate::mailbox::{Lanes, Taken};
use crate::residence::Residence;
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

pin_project_lite::pin_project! {
    /// A reply that is still being worked out: runs in the span its message was sent in, and is owed until given.
    pub(crate) struct Promise<F> {
        #[pin]
        future: F,
        replying: Replying,
        debt: Debt,
    }
}

impl<F> Promise<F> {
    pub(crate) fn new(future: F, replying: Replying, residence: Arc<Residence>) -> Self {
        residence.owe();
        Promise { future, replying, debt: Debt(residence) }
    }
}

impl<A, F> ActorFuture<A> for Promise<F>
where
    A: Actor<Context = Context<A>>,
    F: ActorFuture<A, Output = ()>,
{
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        actor: &mut A,
        ctx: &mut Context<A>,
        task: &mut TaskContext<'_>,
    ) -> Poll<()> {
        let this = self.project();
        let _entered = this.replying.span.enter();
        let polled = this.future.poll(actor, ctx, task);
        if polled.is_ready() {
            ctx.vitals().handle.record(this.replying.taken.elapsed());
        }
        polled
    }
}

/// One reply owed; settled however its future ends.
struct Debt(Arc<Residence>);

impl Drop for Debt {
    fn drop(&mut self) {
        self.0.settle();
    }
}
