//! A moment: how far everything was when a fault hit.

use std::collections::{HashMap, HashSet};

use crate::checker::{Attempt, Evidence, HeldDriver, Outcome, Wanted};

/// What was sent, committed and seen by then.
pub struct Moment {
    /// The clients' history.
    pub attempts: Vec<Attempt>,
    /// What was committed.
    pub committed: Evidence,
    /// How often the witness had seen which event.
    pub seen: HashMap<String, usize>,
    /// Drivers held by orders that have no driver yet, when that is what the stage is about.
    pub claims: Vec<HeldDriver>,
}

impl Moment {
    /// Orders that are stored and whose client was not told.
    pub fn stored_and_untold(&self) -> Vec<String> {
        let told: HashSet<&str> = self
            .attempts
            .iter()
            .filter(|attempt| matches!(attempt.outcome, Outcome::Accepted { .. }))
            .map(|attempt| attempt.wanted.id())
            .collect();
        let stored = self.committed.orders.iter().map(|order| order.id.clone());
        stored.filter(|id| !told.contains(id.as_str())).collect()
    }

    /// Creates that were sent, and of which nothing is stored.
    pub fn sent_and_not_stored(&self) -> Vec<String> {
        let stored: HashSet<&str> = self.committed.orders.iter().map(|order| order.id.as_str()).collect();
        let sent = self.attempts.iter().filter(|attempt| matches!(attempt.outcome, Outcome::Sent));
        let creates = sent.filter(|attempt| matches!(attempt.wanted, Wanted::Create { .. }));
        creates
            .map(|attempt| attempt.wanted.id().to_owned())
            .filter(|id| !stored.contains(id.as_str()))
            .collect()
    }

    /// Events the world has seen and whose rows are unpublished.
    pub fn seen_and_unmarked(&self) -> Vec<String> {
        let pending = self.committed.outbox.iter().filter(|row| row.pending.is_some());
        pending.map(|row| row.event_id.clone()).filter(|event| self.seen.contains_key(event)).collect()
    }

    /// Orders that are being dispatched: their message was taken from the outbox, and they have no driver.
    pub fn in_hand(&self) -> Vec<String> {
        let published: HashSet<&str> = self
            .committed
            .outbox
            .iter()
            .filter(|row| row.pending.is_none())
            .map(|row| row.order.as_str())
            .collect();
        self.in_state("PENDING").into_iter().filter(|id| published.contains(id.as_str())).collect()
    }

    /// Orders dispatched since.
    pub fn untold_dispatches(&self, before: &HashSet<String>) -> Vec<String> {
        self.in_state("DISPATCHED").into_iter().filter(|id| !before.contains(id)).collect()
    }

    /// Orders in this state.
    pub fn in_state(&self, status: &str) -> Vec<String> {
        let orders = self.committed.orders.iter().filter(|order| order.status == status);
        orders.map(|order| order.id.clone()).collect()
    }
}
