//! Answers that come later without a future for each: the handler keeps a `Pending`, and answers when it can.
//!
//! actix polls every future an actor has spawned whenever any of them wakes. An actor with a thousand askers waiting for
//! one commit would poll a thousand futures for every message. Here the asker's own channel is kept instead.

use std::cell::Cell;
use std::rc::Rc;

use actix::dev::{MessageResponse, OneshotSender};
use actix::{Actor, Message};

type Asker<T> = Rc<Cell<Option<OneshotSender<T>>>>;

/// What the handler keeps. Dropped unanswered, it tells the asker that the actor crashed.
pub(crate) struct Pending<T>(Asker<T>);

/// Both ends of an answer that comes later: what the handler returns, and what it keeps.
pub(crate) fn later<T>() -> (Answer<T>, Pending<T>) {
    let asker = Asker::default();
    (Answer::Later(asker.clone()), Pending(asker))
}

impl<T> Pending<T> {
    /// Answers. An asker who went away in the meantime is not told.
    pub fn answer(self, answer: T) {
        if let Some(sender) = self.0.take() {
            let _ = sender.send(answer);
        }
    }
}

/// A handler's result: at once, or later.
pub enum Answer<T> {
    /// At once.
    Now(T),
    /// Later.
    Later(Asker<T>),
}

impl<A, M> MessageResponse<A, M> for Answer<M::Result>
where
    A: Actor,
    M: Message,
{
    fn handle(self, _: &mut A::Context, asker: Option<OneshotSender<M::Result>>) {
        match (self, asker) {
            (Self::Now(answer), Some(asker)) => drop(asker.send(answer)),
            (Self::Later(place), asker) => place.set(asker),
            (Self::Now(_), None) => {}
        }
    }
}
