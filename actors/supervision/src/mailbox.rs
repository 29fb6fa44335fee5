//! The mailbox: bounded, two lanes, outside of the actor.

mod queue;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use actix::Actor;
use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};

use crate::Context;
use crate::any_message::AnyMessage;
use queue::{Gate, Queue};

/// Where the messages of one actor wait. It belongs to the actor's place in the tree, not to an incarnation, so it
/// survives crashes; each incarnation takes from it under its epoch, and an old one gets nothing.
///
/// The lock is held to push and to pop only, never while a handler or a destructor of a message runs.
pub(crate) struct Mailbox<A: Actor<Context = Context<A>>> {
    queue: Mutex<Queue<A>>,
    room: Semaphore,
    capacity: usize,
    depth: AtomicUsize,
    /// Ordinary messages from this one on were never handled; known once the mailbox is closed.
    unhandled_from: AtomicU64,
}

/// Which lanes an incarnation takes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lanes {
    Both,
    Control,
}

/// What an incarnation got.
pub(crate) enum Taken<A: Actor<Context = Context<A>>> {
    Message(Box<dyn AnyMessage<A>>, Instant),
    Empty,
    /// This incarnation has been replaced.
    Fenced,
}

impl<A: Actor<Context = Context<A>>> Mailbox<A> {
    pub(crate) fn new(capacity: usize) -> Self {
        let capacity = capacity.clamp(1, Semaphore::MAX_PERMITS);
        Mailbox {
            queue: Mutex::new(Queue::new()),
            room: Semaphore::new(capacity),
            capacity,
            depth: AtomicUsize::new(0),
            unhandled_from: AtomicU64::new(u64::MAX),
        }
    }

    /// Waits for room, in the order of asking; `None` once closed. Room not used comes back by dropping it.
    pub(crate) async fn room(&self) -> Option<SemaphorePermit<'_>> {
        // Cheaper, and it overtakes nobody: room that comes free while others wait is theirs at once.
        match self.room.try_acquire() {
            Ok(room) => Some(room),
            Err(TryAcquireError::NoPermits) => self.room.acquire().await.ok(),
            Err(TryAcquireError::Closed) => None,
        }
    }

    pub(crate) fn try_room(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.room.try_acquire()
    }

    /// Puts an ordinary message at the end. Its ordinal comes back, or, from a mailbox that takes none, the message.
    pub(crate) fn post<L>(&self, message: Box<L>, room: SemaphorePermit<'_>) -> Result<u64, Box<L>>
    where
        L: AnyMessage<A> + 'static,
    {
        let mut queue = self.lock();
        if queue.gate != Gate::Open {
            return Err(message);
        }
        room.forget(); // given back when the message is taken
        let ordinal = queue.taken + queue.ordinary.len() as u64;
        queue.ordinary.push_back(message);
        self.notify(queue);
        Ok(ordinal)
    }

    /// Puts a message into the control lane. False: closed.
    pub(crate) fn post_control<L>(&self, message: Box<L>) -> bool
    where
        L: AnyMessage<A> + 'static,
    {
        let mut queue = self.lock();
        if queue.gate == Gate::Closed {
            return false;
        }
        queue.control.push_back(message);
        self.notify(queue);
        true
    }

    fn notify(&self, mut queue: MutexGuard<'_, Queue<A>>) {
        self.depth.store(queue.depth(), Relaxed);
        let waker = queue.waker.take();
        drop(queue);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The next message for the incarnation `epoch`; with none there, `waker` is called when one comes.
    pub(crate) fn take(&self, epoch: u64, lanes: Lanes, waker: &Waker) -> Taken<A> {
        let mut queue = self.lock();
        if queue.epoch != epoch {
            return Taken::Fenced;
        }
        let mut room = 0;
        let message = match queue.control.pop_front() {
            Some(message) => Some(message),
            None if lanes == Lanes::Both => {
                let message = queue.ordinary.pop_front();
                room = usize::from(message.is_some());
                queue.taken += room as u64;
                message
            }
            None => None,
        };
        let Some(message) = message else {
            queue.current = None;
            queue.waker = Some(waker.clone());
            return Taken::Empty;
        };
        let now = Instant::now();
        queue.current = Some((message.subject(), now));
        self.depth.store(queue.depth(), Relaxed);
        drop(queue);
        self.room.add_permits(room);
        Taken::Message(message, now)
    }

    /// From here on only the incarnation `epoch` is served; what waits stays.
    pub(crate) fn admit(&self, epoch: u64) {
        let mut queue = self.lock();
        queue.epoch = epoch;
        queue.current = None;
        queue.waker = None;
        if queue.gate == Gate::Draining {
            queue.gate = Gate::Open;
        }
    }

    /// Lets nothing ordinary in any more; what waits is still handled.
    pub(crate) fn drain(&self) {
        let mut queue = self.lock();
        if queue.gate == Gate::Open {
            queue.gate = Gate::Draining;
        }
    }

    /// For good: senders and what waits get `Closed`.
    pub(crate) fn close(&self) {
        let mut queue = self.lock();
        queue.gate = Gate::Closed;
        self.unhandled_from.fetch_min(queue.taken, Relaxed);
        let dropped = (std::mem::take(&mut queue.control), std::mem::take(&mut queue.ordinary));
        queue.current = None;
        self.depth.store(0, Relaxed);
        drop(queue);
        self.room.close();
        // Outside of the lock: a message's destructor may send to this very actor; and it may panic.
        let _ = crate::panics::caught(|| drop(dropped));
    }

    /// Whether the message with this ordinal was thrown away unhandled, so that the sender may safely send it elsewhere.
    pub(crate) fn unhandled(&self, ordinal: u64) -> bool {
        ordinal >= self.unhandled_from.load(Relaxed)
    }

    pub(crate) fn draining(&self) -> bool {
        self.lock().gate == Gate::Draining
    }

    pub(crate) fn current(&self) -> Option<(&'static str, Duration)> {
        self.lock().current.map(|(subject, since)| (subject, since.elapsed()))
    }

    /// How many messages wait, in both lanes.
    pub(crate) fn depth(&self) -> usize {
        self.depth.load(Relaxed)
    }

    pub(crate) fn free(&self) -> usize {
        self.room.available_permits()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    fn lock(&self) -> MutexGuard<'_, Queue<A>> {
        // Nothing of the user's runs under this lock, so a poisoned one is still consistent.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
