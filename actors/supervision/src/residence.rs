//! The stay of one incarnation on its thread.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// The stay of one incarnation on its thread: lets the next one wait until it has left, and counts what it still owes.
#[derive(Debug)]
pub struct Residence {
    pub(crate) epoch: u64,
    /// Which thread: the arbiter's number and how often that arbiter had been replaced by then.
    pub(crate) seat: (usize, u64),
    replies: AtomicUsize,
    loops: AtomicUsize,
    left: AtomicBool,
    successor: Mutex<Option<Waker>>,
}

impl Residence {
    pub(crate) fn new(epoch: u64, seat: (usize, u64)) -> Self {
        Residence {
            epoch,
            seat,
            replies: AtomicUsize::new(0),
            loops: AtomicUsize::new(0),
            left: AtomicBool::new(false),
            successor: Mutex::new(None),
        }
    }

    /// The actor is dropped; whoever waits for that may begin.
    pub(crate) fn leave(&self) {
        self.left.store(true, SeqCst);
        let successor = self.successor.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = successor {
            waker.wake();
        }
    }

    pub(crate) fn poll_left(&self, cx: &mut Context<'_>) -> Poll<()> {
        *self.successor.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
        if self.left.load(SeqCst) { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Replies that were promised (`ResponseActFuture`, `AtomicResponse`) and are not given yet.
    pub(crate) fn replies(&self) -> usize {
        self.replies.load(SeqCst)
    }

    fn owe(&self) {
        self.replies.fetch_add(1, SeqCst);
    }

    fn settle(&self) {
        self.replies.fetch_sub(1, SeqCst);
    }

    /// Loops that have not ended.
    pub(crate) fn loops(&self) -> usize {
        self.loops.load(SeqCst)
    }

    pub(crate) fn begin_loop(&self) {
        self.loops.fetch_add(1, SeqCst);
    }

    pub(crate) fn end_loop(&self) {
        self.loops.fetch_sub(1, SeqCst);
    }
}

/// One reply owed; settled however its future ends.
pub(crate) struct Debt(Arc<Residence>);

impl Debt {
    pub(crate) fn new(residence: Arc<Residence>) -> Self {
        residence.owe();
        Debt(residence)
    }
}

impl Drop for Debt {
    fn drop(&mut self) {
        self.0.settle();
    }
}
