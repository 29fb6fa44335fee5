//! Whether a child still answers.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::{Duration, Instant};

use crate::order::Order;
use crate::vitals::Vitals;

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    Well,
    /// The actor does not answer, its thread does.
    ActorHung,
    /// Nothing on its thread answers.
    ThreadBlocked,
}

/// Watches one incarnation: sends heartbeats through its driver and its own queue, and remembers since when none came
/// back. One that handles messages is well, however long the queue.
#[derive(Debug)]
pub(crate) struct Probe {
    handled: u64,
    well_at: Instant,
    checked_at: Instant,
}

impl Probe {
    pub(crate) fn new(now: Instant) -> Self {
        Probe { handled: u64::MAX, well_at: now, checked_at: now }
    }

    /// How often to check a child with this limit.
    pub(crate) fn interval(limit: Duration) -> Duration {
        (limit / 4).max(Duration::from_millis(5))
    }

    /// Judges by the last heartbeat, and sends the next one.
    pub(crate) fn check(&mut self, vitals: &Vitals, epoch: u64, now: Instant) -> Health {
        let Some(limit) = vitals.policy.hang_after else { return Health::Well };
        let since_check = now.saturating_duration_since(self.checked_at);
        if since_check < Probe::interval(limit) / 2 {
            return Health::Well; // ticks made up for after a pause: no time to answer in between
        }
        self.checked_at = now;
        let (sent, handled) = (vitals.beat_sent.load(SeqCst), vitals.handled.load(Relaxed));
        let answered = vitals.beat_answered.load(SeqCst) >= sent || handled != self.handled;
        // Whoever was late itself (a stopped process, a starved machine) blames nobody: the count starts again.
        if answered || since_check > limit {
            self.handled = handled;
            self.well_at = now;
        }
        let passed = vitals.beat_passed.load(SeqCst) >= sent;
        vitals.beat_sent.store(sent + 1, SeqCst);
        vitals.order(epoch, Order::Beat(sent + 1));
        if now.saturating_duration_since(self.well_at) < limit {
            Health::Well
        } else if passed {
            Health::ActorHung
        } else {
            Health::ThreadBlocked
        }
    }
}
