//! When to look for rows that stand behind another.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Between two looks: about as long as a row is due before it counts as standing.
const PAUSE: Duration = Duration::from_secs(1);

/// The last look.
#[derive(Default)]
pub struct Aside(Mutex<Option<Instant>>);

impl Aside {
    /// Whether it is time, for one who asks.
    pub fn is_due(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|at| at.elapsed() >= PAUSE);
        if due {
            *last = Some(Instant::now());
        }
        due
    }

    /// There was much to find: the next look need not wait.
    pub fn again(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
