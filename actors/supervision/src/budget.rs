//! How many restarts a supervisor may spend.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many restarts a supervisor may spend within how long. One more, and the supervisor itself fails: its parent
/// decides, and at the top the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Restarts that are allowed within the time.
    pub max_restarts: u32,
    /// The time that counts, a window that slides.
    pub within: Duration,
}

impl Budget {
    /// `max_restarts` within `within`.
    pub const fn new(max_restarts: u32, within: Duration) -> Self {
        Budget { max_restarts, within }
    }
}

/// The restarts of one incarnation of a supervisor, as far as they still count.
#[derive(Debug, Default)]
pub(crate) struct Spent(VecDeque<Instant>);

impl Spent {
    /// Books one failure at `now`. False: the budget did not cover it.
    pub(crate) fn book(&mut self, budget: &Budget, now: Instant) -> bool {
        self.forget(budget, now);
        self.0.push_back(now);
        self.0.len() <= budget.max_restarts as usize
    }

    /// What is left at `now`.
    pub(crate) fn left(&mut self, budget: &Budget, now: Instant) -> u32 {
        self.forget(budget, now);
        budget.max_restarts.saturating_sub(self.0.len() as u32)
    }

    /// When there is one more again, from `now`; `None` when none counts.
    pub(crate) fn more_in(&mut self, budget: &Budget, now: Instant) -> Option<Duration> {
        self.forget(budget, now);
        self.0.front().map(|at| (*at + budget.within).saturating_duration_since(now))
    }

    fn forget(&mut self, budget: &Budget, now: Instant) {
        while self.0.front().is_some_and(|at| now.duration_since(*at) > budget.within) {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allows_exactly_the_budget_within_the_window() {
        let budget = Budget::new(2, Duration::from_secs(10));
        let (mut spent, start) = (Spent::default(), Instant::now());
        assert!(spent.book(&budget, start));
        assert!(spent.book(&budget, start + Duration::from_secs(5)));
        assert_eq!(spent.left(&budget, start + Duration::from_secs(5)), 0);
        assert_eq!(spent.more_in(&budget, start + Duration::from_secs(5)), Some(Duration::from_secs(5)));
        assert!(!spent.book(&budget, start + Duration::from_secs(9)));
    }

    #[test]
    fn the_window_slides() {
        let budget = Budget::new(1, Duration::from_secs(10));
        let (mut spent, start) = (Spent::default(), Instant::now());
        assert!(spent.book(&budget, start));
        assert_eq!(spent.left(&budget, start + Duration::from_secs(11)), 1);
        assert!(spent.book(&budget, start + Duration::from_secs(11)));
    }
}
