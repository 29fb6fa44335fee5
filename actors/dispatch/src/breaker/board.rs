//! How this process's breakers stand and stood, for whoever tells others.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::{BreakerSnapshot, BreakerState};

/// Changes that are remembered of each.
const KEPT: usize = 50;

/// A breaker changed its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakerChange {
    /// When.
    pub at: Instant,
    /// Where it stood.
    pub from: BreakerState,
    /// Where it stands since.
    pub to: BreakerState,
    /// What made it.
    pub why: String,
}

/// A breaker as it was shown last.
#[derive(Clone, Debug)]
pub struct BreakerRecord {
    /// How it was.
    pub snapshot: BreakerSnapshot,
    /// When it said so.
    pub at: Instant,
    /// How it came to that, newest first.
    pub changes: Vec<BreakerChange>,
}

#[derive(Debug)]
struct Shown {
    snapshot: BreakerSnapshot,
    at: Instant,
    changes: VecDeque<BreakerChange>,
}

/// Each breaker by its name; it outlives them. A breaker writes, others read. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct BreakerBoard(Arc<Mutex<BTreeMap<&'static str, Shown>>>);

impl BreakerBoard {
    /// How it stands; and why, if that is elsewhere than before.
    pub(super) fn show(&self, snapshot: BreakerSnapshot, why: &str) {
        let (mut shown, at) = (self.0.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
        let Some(before) = shown.get_mut(snapshot.name) else {
            shown.insert(snapshot.name, Shown { snapshot, at, changes: VecDeque::new() });
            return;
        };
        let (from, to) = (before.snapshot.state, snapshot.state);
        if from != to {
            before.changes.truncate(KEPT - 1);
            before.changes.push_front(BreakerChange { at, from, to, why: why.to_owned() });
        }
        (before.snapshot, before.at) = (snapshot, at);
    }

    /// Those that were shown, by their names.
    pub fn all(&self) -> Vec<(&'static str, BreakerState)> {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shown.iter().map(|(name, shown)| (*name, shown.snapshot.state)).collect()
    }

    /// The same, with all that is known of them.
    pub fn records(&self) -> Vec<BreakerRecord> {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let record = |shown: &Shown| BreakerRecord {
            snapshot: shown.snapshot.clone(),
            at: shown.at,
            changes: shown.changes.iter().cloned().collect(),
        };
        shown.values().map(record).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(state: BreakerState) -> BreakerSnapshot {
        BreakerSnapshot {
            name: "fleet",
            state,
            generation: 1,
            calls: 0,
            failed: 0,
            slow: 0,
            in_flight: 0,
            opens_for: None,
        }
    }

    #[test]
    fn changes_are_remembered_newest_first_and_not_for_ever() {
        let board = BreakerBoard::default();
        board.show(stands(BreakerState::Closed), "begun");
        board.show(stands(BreakerState::Closed), "nothing new");
        assert_eq!(board.records()[0].changes, []);
        for n in 0..60 {
            let state = if n % 2 == 0 { BreakerState::Open } else { BreakerState::Closed };
            board.show(stands(state), &n.to_string());
        }
        let changes = &board.records()[0].changes;
        assert_eq!((changes.len(), changes[0].why.as_str(), changes[49].why.as_str()), (KEPT, "59", "10"));
        assert_eq!((changes[0].from, changes[0].to), (BreakerState::Open, BreakerState::Closed));
    }
}
