//! Answers that are worked out by plain async code.

use std::fmt;
use std::pin::Pin;

use actix::dev::{MessageResponse, OneshotSender};
use actix::fut::wrap_future;
use actix::{Actor, AsyncContext, Message};

/// A handler's answer that is worked out by plain async code, which needs nothing more of the actor: it has taken along what
/// it works with. Supervised as `ResponseActFuture` is, and as short as `ResponseFuture`, which is not.
#[must_use = "an answer that is dropped is not given"]
pub struct Answering<T>(Pin<Box<dyn Future<Output = T>>>);

impl<T> Answering<T> {
    /// The answer that `work` comes to.
    pub fn by(work: impl Future<Output = T> + 'static) -> Self {
        Answering(Box::pin(work))
    }
}

impl<A, M> MessageResponse<A, M> for Answering<M::Result>
where
    A: Actor,
    A::Context: AsyncContext<A>,
    M: Message + 'static,
{
    fn handle(self, ctx: &mut A::Context, asker: Option<OneshotSender<M::Result>>) {
        ctx.spawn(wrap_future(async move {
            let answer = self.0.await;
            // Nobody asked, or the asker went away.
            let _ = asker.map(|asker| asker.send(answer));
        }));
    }
}

impl<T> fmt::Debug for Answering<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answering(..)")
    }
}
