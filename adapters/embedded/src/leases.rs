//! Leases on events, in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use tropa_contract::domain::EventId;
use tropa_contract::port::{Lease, LeaseError, LeaseToken, Leases};

/// Done marks are only a short cut past the inbox row: the oldest may go when there are too many.
const MAX_DONE: usize = 100_000;
/// Fewer leases than this are not worth looking through for dead ones.
const MIN_SWEEP: usize = 1_024;

/// Leases of one process. Its memory is bounded: by what is in flight, and by a fixed number of done marks.
#[derive(Clone, Debug, Default)]
pub struct EmbeddedLeases(Arc<Mutex<Book>>);

#[derive(Debug)]
struct Holding {
    owner: Box<str>,
    token: LeaseToken,
    until: Instant,
}

#[derive(Debug, Default)]
struct Book {
    held: HashMap<EventId, Holding>,
    /// Leases whose owner died are swept out when `held` has grown to this.
    sweep_at: usize,
    done: HashMap<EventId, Instant>,
    /// The keys of `done`, oldest first. May name an event twice; the first mention then removes it early, which
    /// costs one look at the inbox.
    done_order: VecDeque<EventId>,
    last_token: u64,
}

impl EmbeddedLeases {
    /// No leases yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // Every entry stands alone: a panic under the lock leaves nothing half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn acquire(&mut self, event: EventId, owner: &str, ttl: Duration, now: Instant) -> Lease {
        if self.done.get(&event).is_some_and(|until| *until > now) {
            return Lease::Done;
        }
        if self.held.get(&event).is_some_and(|h| h.until > now && *h.owner != *owner) {
            return Lease::Held;
        }
        self.sweep(now);
        self.last_token += 1;
        let token = LeaseToken(self.last_token);
        self.held.insert(event, Holding { owner: owner.into(), token, until: now + ttl });
        Lease::Acquired(token)
    }

    /// Ends a lease that still runs, if the token is its holder's.
    fn end(&mut self, event: EventId, token: LeaseToken, now: Instant) -> bool {
        let ours = self.held.get(&event).is_some_and(|h| h.token == token && h.until > now);
        ours && self.held.remove(&event).is_some()
    }

    fn remember(&mut self, event: EventId, until: Instant, now: Instant) {
        self.done.insert(event, until);
        self.done_order.push_back(event);
        while let Some(oldest) = self.done_order.front() {
            let expired = self.done.get(oldest).is_none_or(|until| *until <= now);
            if !expired && self.done_order.len() <= MAX_DONE {
                break;
            }
            self.done.remove(oldest);
            self.done_order.pop_front();
        }
    }

    fn sweep(&mut self, now: Instant) {
        if self.held.len() >= self.sweep_at {
            self.held.retain(|_, holding| holding.until > now);
            self.sweep_at = MIN_SWEEP.max(self.held.len() * 2);
        }
    }
}

#[async_trait]
impl Leases for EmbeddedLeases {
    async fn acquire(&self, event: EventId, owner: &str, ttl: Duration) -> Result<Lease, LeaseError> {
        Ok(self.book().acquire(event, owner, ttl, Instant::now()))
    }

    async fn done(&self, event: EventId, token: LeaseToken, remember: Duration) -> Result<bool, LeaseError> {
        let now = Instant::now();
        let mut book = self.book();
        let ours = book.end(event, token, now);
        if ours {
            book.remember(event, now + remember, now);
        }
        Ok(ours)
    }

    async fn release(&self, event: EventId, token: LeaseToken) -> Result<bool, LeaseError> {
        Ok(self.book().end(event, token, Instant::now()))
    }

    async fn held(&self) -> Result<u64, LeaseError> {
        let now = Instant::now();
        Ok(self.book().held.values().filter(|holding| holding.until > now).count() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_the_port() {
        tropa_contract::testing::leases::conforms(async || EmbeddedLeases::new()).await;
    }

    const SECOND: Duration = Duration::from_secs(1);

    fn acquire(book: &mut Book, event: EventId, now: Instant) -> LeaseToken {
        match book.acquire(event, "a", SECOND, now) {
            Lease::Acquired(token) => token,
            other => panic!("a fresh event is free: {other:?}"),
        }
    }

    #[test]
    fn memory_is_bounded_whatever_owners_do() {
        let (mut book, mut now) = (Book::default(), Instant::now());
        for round in 0..MAX_DONE + 5_000 {
            let event = EventId::fresh();
            let token = acquire(&mut book, event, now);
            // Every other owner dies with its lease.
            if round % 2 == 0 {
                assert!(book.end(event, token, now));
            }
            book.remember(EventId::fresh(), now + SECOND * 3_600, now);
            now += SECOND / 1_000;
        }
        assert!(book.held.len() <= 2 * MIN_SWEEP, "{}", book.held.len());
        assert_eq!((book.done.len(), book.done_order.len()), (MAX_DONE, MAX_DONE));
    }

    #[test]
    fn a_done_mark_fades() {
        let (mut book, now, event) = (Book::default(), Instant::now(), EventId::fresh());
        book.remember(event, now + SECOND, now);
        assert_eq!(book.acquire(event, "b", SECOND, now), Lease::Done);
        acquire(&mut book, event, now + SECOND);
        book.remember(EventId::fresh(), now + SECOND * 2, now + SECOND);
        assert_eq!(book.done.len(), 1, "and is forgotten");
    }

    #[test]
    fn a_late_owner_is_refused_even_when_nobody_else_came() {
        let (mut book, now, event) = (Book::default(), Instant::now(), EventId::fresh());
        let token = acquire(&mut book, event, now);
        assert!(!book.end(event, token, now + SECOND));
    }
}
