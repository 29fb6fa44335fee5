//! How a supervisor keeps its children, and what it has spent on that.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::budget::Spent;
use crate::{Budget, Strategy};

/// How a supervisor keeps its children, and what its present incarnation has spent.
#[derive(Debug)]
pub(crate) struct Keeping {
    pub(crate) strategy: Strategy,
    pub(crate) budget: Budget,
    spent: Mutex<Spent>,
}

impl Keeping {
    pub(crate) fn new(strategy: Strategy, budget: Budget) -> Self {
        Keeping { strategy, budget, spent: Mutex::default() }
    }

    /// A new incarnation has spent nothing.
    pub(crate) fn renew(&self) {
        *self.spent() = Spent::default();
    }

    /// Books one failure. False: the budget did not cover it.
    pub(crate) fn book(&self, now: Instant) -> bool {
        self.spent().book(&self.budget, now)
    }

    /// Restarts that are left.
    pub(crate) fn left(&self, now: Instant) -> u32 {
        self.spent().left(&self.budget, now)
    }

    /// When there is one more again, from now; `None` when none counts.
    pub(crate) fn more_in(&self, now: Instant) -> Option<Duration> {
        self.spent().more_in(&self.budget, now)
    }

    fn spent(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
