//! Whether a child still answers.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::{Duration, Instant};

use crate::directive::Directive;
use crate::pace::Pace;
use crate::vitals::Vitals;

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    Well,
    /// The actor does not answer, or one of its loops stands still; its thread answers.
    ActorHung,
    /// Nothing on its thread answers.
    ThreadBlocked,
}

/// Watches one incarnation: sends heartbeats through its poller and its own queue, and remembers since when none came
/// back. One that handles messages is well, however long the queue; unless one of its loops stands still.
#[derive(Debug)]
pub(crate) struct Probe {
    handled: u64,
    well_at: Instant,
    checked_at: Instant,
    loops: Vec<Still>,
}

/// For how long a loop was seen in the step it is in.
#[derive(Clone, Copy, Debug, Default)]
struct Still {
    word: u64,
    seen_for: Duration,
}

impl Probe {
    pub(crate) fn new(now: Instant) -> Self {
        Probe { handled: u64::MAX, well_at: now, checked_at: now, loops: Vec::new() }
    }

    /// How often to check a child with this limit.
    pub(crate) fn interval(limit: Duration) -> Duration {
        (limit / 4).max(Duration::from_millis(5))
    }

    /// Judges by the last heartbeat and by what the loops do, and sends the next heartbeat.
    pub(crate) fn check(&mut self, vitals: &Vitals, epoch: u64, now: Instant) -> Health {
        let Some(patience) = vitals.policy.patience() else { return Health::Well };
        let (since_check, interval) =
            (now.saturating_duration_since(self.checked_at), Probe::interval(patience));
        if since_check < interval / 2 {
            return Health::Well; // ticks made up for after a pause: no time to answer in between
        }
        self.checked_at = now;
        // Whoever was late itself (a stopped process, a starved machine) blames nobody for that time.
        let stands_still = self.any_stands_still(&vitals.loops(epoch), since_check.min(2 * interval));
        match self.beat(vitals, epoch, now, since_check) {
            Health::Well if stands_still => Health::ActorHung,
            health => health,
        }
    }

    fn any_stands_still(&mut self, loops: &[Arc<Pace>], passed: Duration) -> bool {
        self.loops.resize(loops.len(), Still::default());
        let mut any = false;
        for (pace, still) in loops.iter().zip(&mut self.loops) {
            let word = pace.word();
            let seen_for = if word == still.word { still.seen_for + passed } else { Duration::ZERO };
            *still = Still { word, seen_for };
            any |= pace.limit(word).is_some_and(|limit| seen_for >= limit);
        }
        any
    }

    fn beat(&mut self, vitals: &Vitals, epoch: u64, now: Instant, since_check: Duration) -> Health {
        let Some(limit) = vitals.policy.hang_after else { return Health::Well };
        let (sent, handled) = (vitals.beat_sent.load(SeqCst), vitals.handled.load(Relaxed));
        let answered = vitals.beat_answered.load(SeqCst) >= sent || handled != self.handled;
        if answered || since_check > limit {
            self.handled = handled;
            self.well_at = now;
        }
        let passed = vitals.beat_passed.load(SeqCst) >= sent;
        vitals.beat_sent.store(sent + 1, SeqCst);
        vitals.direct(epoch, Directive::Beat(sent + 1));
        if now.saturating_duration_since(self.well_at) < limit {
            Health::Well
        } else if passed {
            Health::ActorHung
        } else {
            Health::ThreadBlocked
        }
    }
}
