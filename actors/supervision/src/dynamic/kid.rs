//! A dynamic supervisor's book on one child.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Instant;

use super::DynamicChild;
use crate::bell::Bell;
use crate::panics::caught;
use crate::residence::Debt;

/// A dynamic supervisor's book on one child.
pub(super) struct Kid<C: DynamicChild> {
    pub key: C::Key,
    /// When it was used last, on the supervisor's own clock.
    pub used: u64,
    state: State<C>,
    waiting: VecDeque<C::Message>,
    bell: Arc<Bell>,
}

enum State<C> {
    Idle(Box<C>),
    Working(Work<C>),
    /// It is to be replaced, or forgotten.
    Lost,
}

/// A child handling a message: it comes back when that is done.
struct Work<C> {
    done: Pin<Box<dyn Future<Output = Box<C>>>>,
    since: Instant,
    /// An orderly stop waits for it.
    _debt: Debt,
}

impl<C: DynamicChild> Kid<C> {
    pub fn new(key: C::Key, child: C, used: u64, bell: Arc<Bell>) -> Self {
        Kid { key, used, state: State::Idle(Box::new(child)), waiting: VecDeque::new(), bell }
    }

    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle(_))
    }

    /// Since when it has handled what it handles.
    pub fn since(&self) -> Option<Instant> {
        match &self.state {
            State::Working(work) => Some(work.since),
            State::Idle(_) | State::Lost => None,
        }
    }

    /// Gives it a message, to be handled now or after those before. True: now.
    pub fn take(&mut self, message: C::Message, debt: impl FnOnce() -> Debt) -> bool {
        match std::mem::replace(&mut self.state, State::Lost) {
            State::Idle(mut child) => {
                let done = Box::pin(async move {
                    child.handle(message).await;
                    child
                });
                self.state = State::Working(Work { done, since: Instant::now(), _debt: debt() });
                self.bell.set();
                true
            }
            busy => {
                self.state = busy;
                self.waiting.push_back(message);
                false
            }
        }
    }

    /// Goes on with what it handles. Ready when that is over: well, or by a panic.
    pub fn poll(&mut self) -> Poll<Result<(), String>> {
        self.bell.still();
        let State::Working(work) = &mut self.state else { return Poll::Pending };
        let waker = Waker::from(self.bell.clone());
        match caught(|| work.done.as_mut().poll(&mut TaskContext::from_waker(&waker))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(child)) => {
                self.state = State::Idle(child);
                Poll::Ready(Ok(()))
            }
            Err(panic) => {
                self.lose();
                Poll::Ready(Err(panic))
            }
        }
    }

    /// Drops the child and what it handles; what waits for it stays.
    pub fn lose(&mut self) {
        let lost = std::mem::replace(&mut self.state, State::Lost);
        // It may panic once more on its way out.
        let _ = caught(move || drop(lost));
    }

    /// In place of the one that was lost.
    pub fn replace(&mut self, child: C) {
        self.state = State::Idle(Box::new(child));
    }

    pub fn next(&mut self) -> Option<C::Message> {
        self.waiting.pop_front()
    }
}
