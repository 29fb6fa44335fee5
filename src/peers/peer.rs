//! One connection's other side, as the edge that works for it and the stream that carries it both see it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::Waker,
    time::{Duration, Instant},
};

use futures_util::task::AtomicWaker;

/// What may be sent without a request: a long head, a few requests ahead, the framing of a body.
pub const SLACK: u64 = 4 << 20;

/// What is read ahead of a request that is being worked on, when that has no body of its own.
const AHEAD: u64 = 16 << 10;

/// The other side of a connection.
#[derive(Debug)]
pub struct Peer {
    since: Instant,
    /// Requests that are worked on, their answers' bodies included.
    works: AtomicUsize,
    /// Nanoseconds after `since` at which something was last received, sent or done.
    active: AtomicU64,
    /// Bytes that may still be read.
    allowance: AtomicU64,
    /// Its place is needed.
    dismissed: AtomicBool,
    waker: AtomicWaker,
}

/// Something is worked on for a peer, until this is dropped.
#[derive(Debug)]
pub struct Work(Arc<Peer>);

impl Default for Peer {
    /// Just connected.
    fn default() -> Self {
        Self {
            since: Instant::now(),
            works: AtomicUsize::default(),
            active: AtomicU64::default(),
            allowance: AtomicU64::new(SLACK),
            dismissed: AtomicBool::default(),
            waker: AtomicWaker::new(),
        }
    }
}

impl Peer {
    /// A request has begun whose body may have so many bytes; none: it has no body.
    pub fn begin(self: &Arc<Self>, body: Option<u64>) -> Work {
        self.works.fetch_add(1, Relaxed);
        self.allowance.store(body.map_or(AHEAD, |bytes| bytes.saturating_add(SLACK)), Relaxed);
        Work(self.clone())
    }

    /// Since when nothing is asked of us; `None` while something is.
    pub fn idle_since(&self) -> Option<Instant> {
        let active = Duration::from_nanos(self.active.load(Relaxed));
        (self.works.load(Relaxed) == 0).then(|| self.since + active)
    }

    /// Ends the connection, in good order.
    pub fn dismiss(&self) {
        self.dismissed.store(true, Relaxed);
        self.waker.wake();
    }

    pub(super) fn is_dismissed(&self) -> bool {
        self.dismissed.load(Relaxed)
    }

    /// Woken when it is dismissed, or when more may be read.
    pub(super) fn watch(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    pub(super) fn moved(&self) {
        let now = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.active.store(now, Relaxed);
    }

    pub(super) fn read(&self, bytes: usize) {
        self.moved();
        let left = self.allowance.load(Relaxed).saturating_sub(bytes as u64);
        self.allowance.store(left, Relaxed);
    }

    pub(super) fn may_read(&self) -> bool {
        self.allowance.load(Relaxed) > 0
    }

    /// Whether more may be read once what is worked on is done.
    pub(super) fn works(&self) -> bool {
        self.works.load(Relaxed) > 0
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let Self(peer) = self;
        peer.moved();
        if peer.works.fetch_sub(1, Relaxed) == 1 {
            peer.allowance.fetch_max(SLACK, Relaxed);
            peer.waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_worked_for_is_not_idle() {
        let peer = Arc::new(Peer::default());
        assert!(peer.idle_since().is_some());
        let (one, two) = (peer.begin(None), peer.begin(None));
        assert_eq!(peer.idle_since(), None);
        drop(one);
        assert_eq!(peer.idle_since(), None);
        drop(two);
        assert!(peer.idle_since().is_some());
    }
}
