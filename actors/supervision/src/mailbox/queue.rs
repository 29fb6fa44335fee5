//! The two lanes, and who may use them.

use std::collections::VecDeque;
use std::task::Waker;
use std::time::Instant;

use actix::Actor;

use crate::Context;
use crate::any_message::AnyMessage;

/// What is under the mailbox's lock.
pub(super) struct Queue<A: Actor<Context = Context<A>>> {
    pub(super) epoch: u64,
    pub(super) gate: Gate,
    pub(super) control: VecDeque<Box<dyn AnyMessage<A>>>,
    pub(super) ordinary: VecDeque<Box<dyn AnyMessage<A>>>,
    /// How many ordinary messages have been taken: the ordinal of the first one waiting.
    pub(super) taken: u64,
    pub(super) current: Option<(&'static str, Instant)>,
    pub(super) waker: Option<Waker>,
}

/// Who may come in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    Open,
    /// What is inside is still handled, nothing ordinary comes in.
    Draining,
    Closed,
}

impl<A: Actor<Context = Context<A>>> Queue<A> {
    pub(super) fn new() -> Self {
        Queue {
            epoch: 0,
            gate: Gate::Open,
            control: VecDeque::new(),
            ordinary: VecDeque::new(),
            taken: 0,
            current: None,
            waker: None,
        }
    }

    /// Messages in both lanes.
    pub(super) fn depth(&self) -> usize {
        self.control.len() + self.ordinary.len()
    }
}
