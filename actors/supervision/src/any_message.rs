//! A message on its way, with everything needed to handle it.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use actix::dev::MessageResponse;
use actix::{Actor, Handler, Message};
use tokio::sync::oneshot;
use tracing::Span;

use crate::Context;
use crate::context::Replying;

/// A message of any type for the actor `A`.
pub(crate) trait AnyMessage<A: Actor<Context = Context<A>>>: Send {
    /// Handles the message, which was taken out of the mailbox at `taken`.
    fn open(self: Box<Self>, actor: &mut A, ctx: &mut Context<A>, taken: Instant);

    /// The message's type.
    fn subject(&self) -> &'static str;
}

/// A message of the type `M`, where its reply goes, and the span it was sent in.
pub(crate) struct Parcel<M: Message> {
    pub(crate) message: M,
    reply: Option<oneshot::Sender<M::Result>>,
    sent: Instant,
    span: Span,
}

impl<M: Message> Parcel<M> {
    /// A message nobody waits for an answer to.
    pub(crate) fn told(message: M) -> Self {
        Parcel { message, reply: None, sent: Instant::now(), span: Span::current() }
    }

    /// A message, and where its answer will arrive.
    pub(crate) fn asked(message: M) -> (Self, oneshot::Receiver<M::Result>) {
        let (reply, answer) = oneshot::channel();
        let parcel = Parcel { message, reply: Some(reply), sent: Instant::now(), span: Span::current() };
        (parcel, answer)
    }
}

impl<A, M> AnyMessage<A> for Parcel<M>
where
    A: Actor<Context = Context<A>> + Handler<M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    fn open(self: Box<Self>, actor: &mut A, ctx: &mut Context<A>, taken: Instant) {
        let Parcel { message, reply, sent, span } = *self;
        let vitals = ctx.vitals();
        if reply.as_ref().is_some_and(oneshot::Sender::is_closed) {
            vitals.cancelled.fetch_add(1, Relaxed); // the asker gave up while it waited
            return;
        }
        vitals.wait.record(taken.saturating_duration_since(sent));
        // Counted before it is handled: whoever gets the reply sees it counted, and a crash does not hide it.
        vitals.handled.fetch_add(1, Relaxed);
        let place = vitals.handling.place(std::any::type_name::<M>());
        let entered = span.entered();
        let response = <A as Handler<M>>::handle(actor, message, ctx);
        ctx.replying = Some(Replying { span: entered.exit(), taken, place });
        response.handle(ctx, reply);
        if ctx.replying.take().is_some() {
            // Nobody took it: the reply was given at once, not by a future.
            ctx.vitals().handling.record(place, taken.elapsed());
        }
    }

    fn subject(&self) -> &'static str {
        std::any::type_name::<M>()
    }
}
