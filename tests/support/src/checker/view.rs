//! The evidence, by what the checks look for.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Evidence, Outcome, Wanted,
    evidence::{EventRow, OrderRow},
};

/// The evidence, with what several checks look up.
pub struct View<'a> {
    pub all: &'a Evidence,
    pub orders: HashMap<&'a str, &'a OrderRow>,
    pub events: BTreeMap<&'a str, Vec<&'a EventRow>>,
    /// Orders whose client was told that they are accepted.
    pub accepted: HashSet<&'a str>,
}

impl<'a> View<'a> {
    pub fn of(all: &'a Evidence) -> Self {
        let mut events: BTreeMap<&str, Vec<&EventRow>> = BTreeMap::new();
        for event in &all.events {
            events.entry(&event.order).or_default().push(event);
        }
        for timeline in events.values_mut() {
            timeline.sort_by_key(|event| event.version);
        }
        let creates = all.ledger.iter().filter_map(|attempt| match (&attempt.wanted, &attempt.outcome) {
            (Wanted::Create { .. }, Outcome::Accepted { id, .. }) => Some(id.as_str()),
            _ => None,
        });
        let orders = all.orders.iter().map(|order| (order.id.as_str(), order)).collect();
        Self { all, orders, events, accepted: creates.collect() }
    }

    /// An order's events, by version.
    pub fn timeline(&self, order: &str) -> &[&'a EventRow] {
        self.events.get(order).map_or(&[], Vec::as_slice)
    }
}
