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

/// What may be sent without a request: a long head, the framing of a body.
const SLACK: u64 = 4 << 20;

/// What is read ahead of the requests that are worked on, in all: who goes away is noticed by it. The protocol's library takes
/// apart whatever it has, and each request in it costs fifty times its bytes.
const AHEAD: u64 = 256;

/// A request's body, as far as its head tells.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// So many bytes.
    Sized(u64),
    /// At most so many, and what it takes to send them.
    Chunked(u64),
}

/// The other side of a connection.
#[derive(Debug)]
pub struct Peer {
    since: Instant,
    /// Requests that are worked on, their answers' bodies included.
    works: AtomicUsize,
    /// Nanoseconds after `since` at which something was last received, sent or done.
    active: AtomicU64,
    /// Bytes that may still be read while nothing is worked on,
    unasked: AtomicU64,
    /// of the body of what is worked on,
    body: AtomicU64,
    /// and behind it.
    ahead: AtomicU64,
    /// The body is known to end where it does.
    sized: AtomicBool,
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
            unasked: AtomicU64::new(SLACK),
            body: AtomicU64::default(),
            ahead: AtomicU64::new(AHEAD),
            sized: AtomicBool::default(),
            dismissed: AtomicBool::default(),
            waker: AtomicWaker::new(),
        }
    }
}

impl Peer {
    /// A request has begun that has this body, or none.
    pub fn begin(self: &Arc<Self>, body: Option<Body>) -> Work {
        self.works.fetch_add(1, Relaxed);
        let (bytes, sized) = match body {
            None => (0, false),
            Some(Body::Sized(bytes)) => (bytes, true),
            Some(Body::Chunked(bytes)) => (bytes.saturating_add(SLACK), false),
        };
        self.body.store(bytes, Relaxed);
        self.sized.store(sized, Relaxed);
        Work(self.clone())
    }

    /// The request's body has come, or nobody wants more of it.
    pub fn has_body(&self) {
        self.body.store(0, Relaxed);
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
        let account = self.account();
        account.store(account.load(Relaxed).saturating_sub(bytes as u64), Relaxed);
        if !self.works() {
            // What came before is done with.
            self.ahead.store(AHEAD, Relaxed);
        }
    }

    /// Bytes that may be read now.
    pub(super) fn room(&self) -> u64 {
        self.account().load(Relaxed)
    }

    /// Whether what comes next is of a body, and no request behind it.
    pub(super) fn sends_body(&self) -> bool {
        self.works() && self.sized.load(Relaxed) && self.body.load(Relaxed) > 0
    }

    fn account(&self) -> &AtomicU64 {
        match (self.works(), self.body.load(Relaxed)) {
            (false, _) => &self.unasked,
            (true, 0) => &self.ahead,
            (true, _) => &self.body,
        }
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
            peer.unasked.fetch_max(SLACK, Relaxed);
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

    #[test]
    fn little_is_read_behind_what_is_worked_on() {
        let peer = Arc::new(Peer::default());
        peer.read(1_000);
        assert_eq!(peer.room(), SLACK - 1_000);
        for (body, room) in [(None, AHEAD), (Some(Body::Sized(9)), 9), (Some(Body::Chunked(9)), SLACK + 9)] {
            let work = peer.begin(body);
            assert_eq!(peer.room(), room);
            assert_eq!(peer.sends_body(), matches!(body, Some(Body::Sized(_))));
            peer.has_body();
            assert_eq!((peer.room(), peer.sends_body()), (AHEAD, false));
            drop(work);
        }
        let first = peer.begin(None);
        peer.read(200);
        drop(first);
        let second = peer.begin(None);
        assert_eq!(peer.room(), AHEAD - 200, "it was read before the first was done");
        drop(second);
        peer.read(1);
        let _third = peer.begin(None);
        assert_eq!(peer.room(), AHEAD);
    }
}
