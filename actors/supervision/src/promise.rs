//! A reply that is still being worked out.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use actix::{Actor, ActorFuture};

use crate::Context;
use crate::context::Replying;
use crate::residence::{Debt, Residence};

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
        Promise { future, replying, debt: Debt::new(residence) }
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
            ctx.vitals().handling.record(this.replying.place, this.replying.taken.elapsed());
        }
        polled
    }
}
