//! A dynamic supervisor's book on one child.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Instant;

use super::{DynamicChild, LivingStatus};
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
    born: Instant,
    idle_since: Instant,
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
        let now = Instant::now();
        let state = State::Idle(Box::new(child));
        Kid { key, used, state, waiting: VecDeque::new(), bell, born: now, idle_since: now }
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

    /// As it is shown.
    pub fn status(&self, supervisor: &str, now: Instant) -> LivingStatus {
        let millis = |since: Instant| now.saturating_duration_since(since).as_millis() as u64;
        LivingStatus {
            supervisor: supervisor.to_owned(),
            key: self.key.to_string(),
            age_ms: millis(self.born),
            idle_ms: if self.is_idle() { millis(self.idle_since) } else { 0 },
            depth: self.waiting.len(),
            working: self.since().is_some(),
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
                self.idle_since = Instant::now();
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
