//! What handlers hold, and how they ask.

use std::time::Duration;

use actix::{Actor, Handler, Message};
use tokio::{sync::watch, time::timeout};
use tropa_dispatch::{
    dead_letters::DeadLetterDrain, drivers::DriverRegistry, handles::Handles, intake::Intake, orders::Orders,
};
use tropa_supervision::{AskError, Context, Ref, TryTellError};

use super::{
    audit::Strangers,
    limits::Shares,
    options::Options,
    problem::{Answer, Problem},
    session::Guesses,
    stream::Pictures,
};

/// When a mailbox that was full is worth another try.
const ROOM_AGAIN: Duration = Duration::from_secs(1);

/// What every handler can reach: the actors, and the server's own state.
pub(super) struct Edge {
    /// The actors.
    pub handles: Handles,
    /// The limits.
    pub options: Options,
    /// Live streams.
    pub streams: Shares,
    /// What they show.
    pub pictures: Pictures,
    /// Wrong tokens at the sign-in.
    pub guesses: Guesses,
    /// Refused ones, for the audit.
    pub strangers: Strangers,
    /// True once the server stops: no longer ready, streams end.
    pub stopping: watch::Receiver<bool>,
    /// Tells this process's feed from an earlier one's.
    pub boot: u64,
}

impl Edge {
    /// Who takes orders.
    pub fn intake(&self) -> Answer<&Ref<Intake>> {
        Ok(self.handles.intake.here()?)
    }

    /// Who commands orders.
    pub fn orders(&self) -> Answer<&Orders> {
        Ok(self.handles.orders.here()?)
    }

    /// Who knows the drivers.
    pub fn drivers(&self) -> Answer<&Ref<DriverRegistry>> {
        Ok(self.handles.drivers.here()?)
    }

    /// Who replays and discards.
    pub fn dead_letters(&self) -> Answer<&Ref<DeadLetterDrain>> {
        Ok(self.handles.dead_letters.here()?)
    }

    /// Asks an actor that only looks, or decides quickly.
    pub async fn ask<A, M>(&self, actor: &Ref<A>, message: M) -> Answer<M::Result>
    where
        A: Actor<Context = Context<A>> + Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        ask_for(actor, self.options.limits.ask_deadline, message).await
    }
}

/// Puts the question into the mailbox or answers 503 at once: waiting for room is what makes overload last. When the
/// caller hangs up the reply is dropped, which cancels a question that still waits, whole; one that was begun goes on.
pub(super) async fn ask_for<A, M>(actor: &Ref<A>, deadline: Duration, message: M) -> Answer<M::Result>
where
    A: Actor<Context = Context<A>> + Handler<M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    let reply = match actor.try_ask(message) {
        Ok(reply) => reply,
        Err(TryTellError::Full(_)) => {
            return Err(Problem::overloaded(format!("{} is full", actor.path()), ROOM_AGAIN));
        }
        Err(TryTellError::Closed(_)) => return Err(AskError::Closed.into()),
    };
    match timeout(deadline, reply).await {
        Ok(answer) => answer.map_err(Problem::from),
        Err(_) => Err(AskError::Timeout.into()),
    }
}
