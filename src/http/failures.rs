//! Requests that failed, in the log: the first of a kind at once, those after it as one line in ten seconds.
//!
//! A database that is away for a minute fails ten thousand requests for one reason. Each is counted as a metric; the log says
//! that it happened, how often, and of one each time how it can be traced.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// How long failures of one kind are gathered.
const WINDOW: Duration = Duration::from_secs(10);

/// A kind of problem on a route. Both are ours, so there are few.
type Kind = (&'static str, String);

/// What is gathered of one kind.
struct Gathered {
    since: Instant,
    more: u64,
}

/// Failures that were told lately.
#[derive(Default)]
pub(super) struct Failures {
    told: Mutex<HashMap<Kind, Gathered>>,
    /// Whether anything is gathered: who has not failed looks no further.
    any: AtomicBool,
}

impl Failures {
    /// Whether this one is to be told; else it is gathered.
    pub fn tell(&self, problem: &'static str, route: &str, now: Instant) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        self.any.store(true, Ordering::Relaxed);
        let mut first = false;
        let gathered = told.entry((problem, route.to_owned())).or_insert_with(|| {
            first = true;
            Gathered { since: now, more: 0 }
        });
        if !first {
            gathered.more += 1;
        }
        first
    }

    /// What was gathered in windows that are over: problem, route, how many.
    pub fn over(&self, now: Instant) -> Vec<(&'static str, String, u64)> {
        if !self.any.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let mut over = Vec::new();
        told.retain(|(problem, route), gathered| {
            if now.saturating_duration_since(gathered.since) < WINDOW {
                return true;
            }
            if gathered.more == 0 {
                // Quiet for a whole window: the next one is news.
                return false;
            }
            over.push((*problem, route.clone(), gathered.more));
            *gathered = Gathered { since: now, more: 0 };
            true
        });
        self.any.store(!told.is_empty(), Ordering::Relaxed);
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_line_in_a_window_and_its_end_is_told() {
        let (failures, start) = (Failures::default(), Instant::now());
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        assert!(failures.over(at(0)).is_empty());
        assert!(failures.tell("unavailable", "/orders", at(0)));
        assert!(failures.tell("overloaded", "/orders", at(0)), "another kind");
        assert!(failures.tell("unavailable", "/drivers", at(0)), "another route");
        assert_eq!((1..1_000).filter(|_| failures.tell("unavailable", "/orders", at(3))).count(), 0);
        assert!(failures.over(at(9)).is_empty());
        assert_eq!(failures.over(at(10)), [("unavailable", "/orders".to_owned(), 999)]);
        assert!(!failures.tell("unavailable", "/orders", at(12)), "it goes on");
        assert_eq!(failures.over(at(20)), [("unavailable", "/orders".to_owned(), 1)]);
        assert!(failures.over(at(40)).is_empty());
        assert!(failures.tell("unavailable", "/orders", at(41)), "after a pause it is news");
        assert!(failures.told.lock().unwrap().len() == 1, "nothing is kept of the others");
    }
}
