//! Facts in memory, for a store that decides on a batch before it writes any of it.

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
};

use super::{Driving, Facts, Message, Rows, Ruling, Standing, Step, decide};
use crate::{
    domain::{DriverId, EventId, Order, OrderId, Topic},
    port::Write,
};

/// What a store has looked up for a batch, kept up to date while that is decided: each write sees those before it.
#[derive(Debug, Default)]
pub struct BatchFacts {
    orders: HashMap<OrderId, (i64, Order)>,
    /// Ours to answer, and not answered yet.
    unanswered: HashSet<EventId>,
    busy: HashSet<DriverId>,
    /// Unpublished jobs by order.
    jobs: HashMap<i64, Vec<EventId>>,
}

impl BatchFacts {
    /// An order as it is stored.
    pub fn hold(&mut self, seq: i64, order: Order) {
        self.orders.insert(order.id.clone(), (seq, order));
    }

    /// Events that have no inbox row. All others that are asked for have one.
    pub fn claim(&mut self, events: impl IntoIterator<Item = EventId>) {
        self.unanswered.extend(events);
    }

    /// A driver who has an order.
    pub fn occupy(&mut self, driver: DriverId) {
        self.busy.insert(driver);
    }

    /// An unpublished job of an order.
    pub fn wait(&mut self, seq: i64, job: EventId) {
        self.jobs.entry(seq).or_default().push(job);
    }

    /// Decides on the next write of the batch.
    pub fn decide<'w>(&mut self, write: &'w Write) -> Ruling<'w> {
        let Ok(ruling) = decide(write, self);
        if let Ruling::Write(rows) = &ruling {
            self.learn(rows);
        }
        ruling
    }

    /// Events that were claimed, and are not answered.
    pub fn into_unanswered(self) -> impl Iterator<Item = EventId> {
        self.unanswered.into_iter()
    }

    fn learn(&mut self, rows: &Rows<'_>) {
        if let Some(Step { event, order, driving, .. }) = &rows.step
            && let Some((_, held)) = self.orders.get_mut(&order.id)
        {
            match (driving, &held.driver_id) {
                (Driving::Begins(driver, _), _) => drop(self.busy.insert((*driver).clone())),
                // The driver the row names, not the one the event does.
                (Driving::Ends, Some(driver)) => drop(self.busy.remove(driver)),
                (Driving::Ends, None) | (Driving::Unchanged, _) => {}
            }
            let (details, created_at) = (held.details.clone(), held.created_at);
            *held = Order { details, created_at, version: event.version, ..(*order).clone() };
        }
        if let Some(Message { seq, envelope, .. }) = &rows.message
            && envelope.topic == Topic::DispatchRequested
        {
            self.wait(*seq, envelope.event_id);
        }
        if let Some(event) = &rows.answer {
            self.unanswered.remove(event);
        }
    }
}

impl Facts for BatchFacts {
    type Error = Infallible;

    fn answered(&mut self, event: EventId) -> Result<bool, Infallible> {
        Ok(!self.unanswered.contains(&event))
    }

    fn standing(&mut self, order: &OrderId) -> Result<Option<Standing>, Infallible> {
        let held = self.orders.get(order);
        Ok(held.map(|(seq, order)| Standing { seq: *seq, version: order.version, status: order.status }))
    }

    fn order(&mut self, order: &OrderId) -> Result<Option<Order>, Infallible> {
        Ok(self.orders.get(order).map(|(_, order)| order.clone()))
    }

    fn busy(&mut self, driver: &DriverId) -> Result<bool, Infallible> {
        Ok(self.busy.contains(driver))
    }

    fn waits(&mut self, seq: i64, but: Option<EventId>) -> Result<bool, Infallible> {
        Ok(self.jobs.get(&seq).is_some_and(|jobs| jobs.iter().any(|job| Some(*job) != but)))
    }
}
