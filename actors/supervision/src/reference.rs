//! The stable reference to an actor.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Handler, Message};
use tokio::sync::TryAcquireError;

use crate::any_message::Parcel;
use crate::ask::Discards;
use crate::child::{Child, Managed};
use crate::mailbox::Mailbox;
use crate::slot::Slot;
use crate::vitals::Vitals;
use crate::{AskError, Closed, Context, Policy, Reply, TryTellError};

/// The stable reference to a supervised actor, and the way to its mailbox. It exists before the actor does and stays
/// valid through every restart: what waits when an incarnation dies is handled by the next one.
///
/// There is no unbounded way to send. Every way says what happens when the mailbox is full: [`ask`](Ref::ask) and
/// [`tell`](Ref::tell) wait, [`try_ask`](Ref::try_ask) and [`try_tell`](Ref::try_tell) give the message back.
pub struct Ref<A: Actor<Context = Context<A>>>(pub(crate) Arc<Slot<A>>);

impl<A: Actor<Context = Context<A>>> Ref<A> {
    /// A place for an actor. `factory` makes its fresh state, once per incarnation, on the thread where it will live; a
    /// panic there counts as the actor's. The actor starts when the supervisor it is given to does.
    pub fn new(
        name: impl Into<String>,
        policy: Policy,
        factory: impl Fn(&mut Context<A>) -> A + Send + Sync + 'static,
    ) -> Self {
        Ref::of_kind(std::any::type_name::<A>(), name, policy, factory)
    }

    /// Under another type's name.
    pub(crate) fn of_kind(
        kind: &'static str,
        name: impl Into<String>,
        policy: Policy,
        factory: impl Fn(&mut Context<A>) -> A + Send + Sync + 'static,
    ) -> Self {
        Ref::with_vitals(Vitals::new(name.into(), kind, policy), factory)
    }

    pub(crate) fn with_vitals(
        vitals: Vitals,
        factory: impl Fn(&mut Context<A>) -> A + Send + Sync + 'static,
    ) -> Self {
        let mailbox = Mailbox::new(vitals.policy.capacity);
        Ref(Arc::new(Slot { vitals, mailbox, factory: Box::new(factory) }))
    }

    /// Waits for room, then for the reply. Dropping the future before the message is taken up cancels it.
    pub async fn ask<M>(&self, message: M) -> Result<M::Result, AskError>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let mailbox = &self.0.mailbox;
        let room = mailbox.room().await.ok_or(AskError::Closed)?;
        let (parcel, answer) = Parcel::asked(message);
        let ordinal = mailbox.post(Box::new(parcel), room).map_err(|_| AskError::Closed)?;
        answer
            .await
            .map_err(|_| if mailbox.unhandled(ordinal) { AskError::Closed } else { AskError::Crashed })
    }

    /// [`ask`](Ref::ask) with a deadline for all of it, the wait for room included. Needs a tokio runtime with time.
    pub async fn ask_for<M>(&self, deadline: Duration, message: M) -> Result<M::Result, AskError>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        tokio::time::timeout(deadline, self.ask(message)).await.unwrap_or(Err(AskError::Timeout))
    }

    /// Puts a question into the mailbox at once, or gives the message back. The reply is waited for separately.
    pub fn try_ask<M>(&self, message: M) -> Result<Reply<M::Result>, TryTellError<M>>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let room = match self.0.mailbox.try_room() {
            Ok(room) => room,
            Err(TryAcquireError::NoPermits) => return Err(TryTellError::Full(message)),
            Err(TryAcquireError::Closed) => return Err(TryTellError::Closed(message)),
        };
        let (parcel, answer) = Parcel::asked(message);
        match self.0.mailbox.post(Box::new(parcel), room) {
            Ok(ordinal) => Ok(Reply::new(answer, self.0.clone(), ordinal)),
            Err(parcel) => Err(TryTellError::Closed(parcel.message)),
        }
    }

    /// Waits for room and puts the message into the mailbox. That it was handled is not confirmed: for messages whose
    /// loss is harmless.
    pub async fn tell<M>(&self, message: M) -> Result<(), Closed>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let room = self.0.mailbox.room().await.ok_or(Closed)?;
        self.0.mailbox.post(Box::new(Parcel::told(message)), room).map(|_| ()).map_err(|_| Closed)
    }

    /// Puts the message into the mailbox at once, or gives it back.
    pub fn try_tell<M>(&self, message: M) -> Result<(), TryTellError<M>>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let room = match self.0.mailbox.try_room() {
            Ok(room) => room,
            Err(TryAcquireError::NoPermits) => return Err(TryTellError::Full(message)),
            Err(TryAcquireError::Closed) => return Err(TryTellError::Closed(message)),
        };
        let posted = self.0.mailbox.post(Box::new(Parcel::told(message)), room);
        posted.map(|_| ()).map_err(|parcel| TryTellError::Closed(parcel.message))
    }

    /// The control lane: jumps the queue, knows no limit, is served while the actor is suspended or stopping. For rare
    /// messages that steer (an exit, a passivation), never for work. False: closed for good.
    pub fn control<M>(&self, message: M) -> bool
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        self.0.mailbox.post_control(Box::new(Parcel::told(message)))
    }

    /// Waits until there is room for one message, or the mailbox is closed. Somebody else may take it first.
    pub async fn room(&self) {
        drop(self.0.mailbox.room().await);
    }

    /// How many messages there is room for.
    pub fn free(&self) -> usize {
        self.0.mailbox.free()
    }

    /// How many messages wait, in both lanes.
    pub fn depth(&self) -> usize {
        self.0.mailbox.depth()
    }

    /// How many ordinary messages may wait.
    pub fn capacity(&self) -> usize {
        self.0.mailbox.capacity()
    }

    /// The actor without its type.
    pub fn child(&self) -> Arc<dyn Child> {
        self.0.clone()
    }

    /// Its place in the tree, `/top/intake/journal`; before the tree is started, its name.
    pub fn path(&self) -> String {
        self.0.vitals().path().to_owned()
    }
}

impl<A: Actor<Context = Context<A>>> Discards for Slot<A> {
    fn unhandled(&self, ordinal: u64) -> bool {
        self.mailbox.unhandled(ordinal)
    }
}

impl<A: Actor<Context = Context<A>>> Clone for Ref<A> {
    fn clone(&self) -> Self {
        Ref(self.0.clone())
    }
}

impl<A: Actor<Context = Context<A>>> fmt::Debug for Ref<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ref").field(&self.path()).finish()
    }
}
