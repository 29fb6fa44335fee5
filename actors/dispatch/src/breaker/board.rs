//! How this process's breakers stand, for whoever tells others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::BreakerState;

/// Each breaker by its name. A breaker writes, others read. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct BreakerBoard(Arc<Mutex<BTreeMap<&'static str, BreakerState>>>);

impl BreakerBoard {
    pub(super) fn show(&self, name: &'static str, state: BreakerState) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, state);
    }

    /// Those that were shown, by their names.
    pub fn all(&self) -> Vec<(&'static str, BreakerState)> {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shown.iter().map(|(name, state)| (*name, *state)).collect()
    }
}
