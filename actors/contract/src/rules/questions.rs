//! What must be known to decide on a batch.

use crate::{
    domain::{DriverId, EventId, EventKind, OrderId},
    port::{Change, Transition, Write},
};

/// What a batch is about, sorted, each once: whoever locks it does so in one order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Questions<'b> {
    /// Orders whose standing matters.
    pub orders: Vec<&'b OrderId>,
    /// Events that are answered.
    pub events: Vec<EventId>,
    /// Drivers who are given an order.
    pub drivers: Vec<&'b DriverId>,
    /// Orders whose unpublished jobs matter.
    pub waiting: Vec<&'b OrderId>,
}

impl<'b> Questions<'b> {
    /// Of these.
    pub fn of(batch: &'b [Write]) -> Self {
        Self {
            orders: sorted(batch.iter().filter_map(order)),
            events: sorted(batch.iter().filter_map(|write| write.inbox)),
            drivers: sorted(batch.iter().filter_map(driver)),
            waiting: sorted(batch.iter().filter_map(waiting)),
        }
    }
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable();
    items.dedup();
    items
}

fn order(write: &Write) -> Option<&OrderId> {
    match &write.change {
        Change::Postpone(postponement) => Some(&postponement.envelope.order_id),
        _ => transition(write).map(|transition| &transition.order.id),
    }
}

fn transition(write: &Write) -> Option<&Transition> {
    match &write.change {
        Change::Transition(transition) | Change::Park(_, Some(transition)) => Some(transition),
        Change::Park(_, None) | Change::Postpone(_) | Change::Nothing => None,
    }
}

fn driver(write: &Write) -> Option<&DriverId> {
    match &transition(write)?.event.kind {
        EventKind::Dispatched { driver_id, .. } => Some(driver_id),
        _ => None,
    }
}

fn waiting(write: &Write) -> Option<&OrderId> {
    match &write.change {
        Change::Postpone(postponement) if postponement.unless_pending => {
            Some(&postponement.envelope.order_id)
        }
        _ => None,
    }
}
