//! The outbox's hot end, in memory.
//!
//! Only this process may open the file, so claims need no table: a process that died holds none. What a commit made
//! due waits here with its content, and a relay that keeps up never reads the outbox table.
//!
//! Memory knows *some* orders, and of each of those every unpublished row. It is bounded: when it is full, when a row
//! is postponed, or after a start, rows are in the table only, and [`refill`](Pending::refill) fetches those whose
//! time has come. Everything but claims is changed by the writer's thread alone, after its commit; so what memory
//! says of the table is never ahead of it.

mod effect;
mod known;
mod refill;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;
use tropa_contract::port::Claimed;

pub use effect::{Effect, Unpublished};
use known::Known;

/// The outbox as far as memory goes.
pub struct Pending {
    known: Mutex<Known>,
    wakeup: Arc<Notify>,
}

impl Pending {
    /// Of a table with `rows` unpublished rows.
    pub fn new(rows: u64) -> Self {
        Self { known: Mutex::new(Known::new(rows)), wakeup: Arc::new(Notify::new()) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Every step leaves it whole: a panic under the lock is a panic of the writer, which ends the store.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notified when a commit made rows due.
    pub fn wakeup(&self) -> Arc<Notify> {
        self.wakeup.clone()
    }

    /// Unpublished rows.
    pub fn rows(&self) -> u64 {
        self.known().rows()
    }

    /// Whether a claim of `limit` rows should look into the table first.
    pub fn wants_refill(&self, limit: usize, now: i64) -> bool {
        self.known().wants_refill(limit, now)
    }

    /// Claims what is ready.
    pub fn claim(&self, owner: &str, limit: usize, lease: Duration, now: i64) -> Vec<Claimed> {
        let lease = i64::try_from(lease.as_micros()).unwrap_or(i64::MAX);
        self.known().claim(owner, limit, now, now.saturating_add(lease))
    }

    /// Gives back what `owner` holds.
    pub fn abandon(&self, owner: &str) -> u64 {
        let given_back = self.known().abandon(owner);
        if given_back > 0 {
            self.wakeup.notify_one();
        }
        given_back
    }

    /// The claims of rows behind this one: row, owner, end of the lease.
    pub fn leases(&self, after: i64) -> BTreeMap<i64, (Arc<str>, i64)> {
        self.known().leases(after)
    }

    /// Whose the row is, if `token` is its claim.
    pub fn claimed(&self, row: i64, token: u64) -> Option<i64> {
        self.known().claimed(row, token)
    }

    /// Learns what was committed.
    pub fn absorb(&self, effects: Vec<Effect>) {
        if effects.is_empty() {
            return;
        }
        let mut known = self.known();
        let made_due = effects.into_iter().fold(false, |due, effect| known.absorb(effect) | due);
        drop(known);
        if made_due {
            self.wakeup.notify_one();
        }
    }
}
