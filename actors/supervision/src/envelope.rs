//! The raw way in, for APIs that want an actix `Addr` or `Recipient`.

use actix::dev::{Envelope, EnvelopeProxy, MessageResponse, ToEnvelope};
use actix::{Actor, Handler, Message};
use tokio::sync::oneshot;

use crate::Context;

/// What is sent to the raw address arrives, but unbounded, uncounted, and it dies with the incarnation.
impl<A, M> ToEnvelope<A, M> for Context<A>
where
    A: Actor<Context = Context<A>> + Handler<M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    fn pack(message: M, reply: Option<oneshot::Sender<M::Result>>) -> Envelope<A> {
        Envelope::with_proxy(Box::new(Raw(Some((message, reply)))))
    }
}

struct Raw<M: Message>(Option<(M, Option<oneshot::Sender<M::Result>>)>);

impl<A, M> EnvelopeProxy<A> for Raw<M>
where
    A: Actor<Context = Context<A>> + Handler<M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    fn handle(&mut self, actor: &mut A, ctx: &mut Context<A>) {
        let Some((message, reply)) = self.0.take() else { return };
        if !reply.as_ref().is_some_and(oneshot::Sender::is_closed) {
            <A as Handler<M>>::handle(actor, message, ctx).handle(ctx, reply);
        }
    }
}
