//! A store of a few lines, straight by the rule book: what an adapter comes to as well.

use std::{
    collections::{BTreeMap, HashSet},
    convert::Infallible,
};

use crate::{
    domain::{ClaimToken, DriverId, EventId, Order, OrderEvent, OrderId, Topic, WaitReason},
    port::{Applied, Assignment, Backlog, Creation, Write},
    rules::{Driving, Facts, Message, Rows, Ruling, Standing, Step, decide},
    testing::sample::now,
};

/// What it holds.
#[derive(Clone, Default)]
pub struct PlainStore {
    /// By their place, with their events.
    orders: Vec<(Order, Vec<OrderEvent>)>,
    answered: HashSet<EventId>,
    drivers: BTreeMap<DriverId, (i64, ClaimToken)>,
    /// Unpublished, oldest first.
    messages: Vec<Unpublished>,
    parked: u64,
}

#[derive(Clone)]
struct Unpublished {
    seq: i64,
    event: EventId,
    topic: Topic,
    due: bool,
    reason: Option<WaitReason>,
}

impl PlainStore {
    pub fn create(&mut self, creation: &Creation) {
        let Creation { order, event, envelope, .. } = creation;
        let seq = i64::try_from(self.orders.len()).unwrap();
        let message = Message { seq, envelope, due_at: None, reason: None };
        self.orders.push((order.clone(), vec![event.clone()]));
        self.send(&message);
    }

    pub fn apply(&mut self, write: &Write) -> Applied {
        let Ok(ruling) = decide(write, self);
        match ruling {
            Ruling::Write(rows) => {
                self.write(&rows);
                Applied::Done
            }
            Ruling::Refuse(applied) => applied,
        }
    }

    fn write(&mut self, rows: &Rows<'_>) {
        if let Some(step) = &rows.step {
            self.step(step);
        }
        rows.message.iter().for_each(|message| self.send(message));
        self.parked += u64::from(rows.letter.is_some());
        self.answered.extend(rows.answer);
    }

    fn step(&mut self, Step { seq, event, order, driving, hastens, .. }: &Step<'_>) {
        let (stored, events) = &mut self.orders[*seq as usize];
        *stored = Order { version: event.version, ..(*order).clone() };
        events.push((*event).clone());
        match driving {
            Driving::Begins(driver, token) => {
                drop(self.drivers.insert((*driver).clone(), (*seq, (*token).clone())));
            }
            Driving::Ends => self.drivers.retain(|_, (of, _)| of != seq),
            Driving::Unchanged => {}
        }
        if *hastens {
            let waiting = self.messages.iter_mut().filter(|message| message.seq == *seq && !message.due);
            waiting.for_each(|message| (message.due, message.reason) = (true, None));
        }
    }

    fn send(&mut self, Message { seq, envelope, due_at, reason }: &Message<'_>) {
        let due = due_at.is_none_or(|due_at| due_at <= now());
        let (event, topic) = (envelope.event_id, envelope.topic);
        self.messages.push(Unpublished { seq: *seq, event, topic, due, reason: *reason });
    }

    /// Publishes what can be claimed: of each order its oldest message, if that is due.
    pub fn publish(&mut self) -> HashSet<EventId> {
        let mut met = HashSet::new();
        let goes = |message: &Unpublished| met.insert(message.seq) && message.due;
        let (gone, rest) = std::mem::take(&mut self.messages).into_iter().partition(goes);
        self.messages = rest;
        gone.into_iter().map(|message: Unpublished| message.event).collect()
    }

    /// How many messages wait for this.
    pub fn waiting(&self, reason: WaitReason) -> u64 {
        let waits = |message: &&Unpublished| !message.due && message.reason == Some(reason);
        self.messages.iter().filter(waits).count() as u64
    }

    pub fn orders(&self) -> impl Iterator<Item = &(Order, Vec<OrderEvent>)> {
        self.orders.iter()
    }

    /// Unpublished jobs, of this order or of all.
    pub fn jobs(&self, seq: Option<i64>) -> Vec<EventId> {
        let job = |message: &&Unpublished| {
            message.topic == Topic::DispatchRequested && seq.is_none_or(|seq| seq == message.seq)
        };
        self.messages.iter().filter(job).map(|message| message.event).collect()
    }

    pub fn answered(&self, events: &[EventId]) -> Vec<bool> {
        events.iter().map(|event| self.answered.contains(event)).collect()
    }

    pub fn assignments(&self) -> Vec<Assignment> {
        let order = |seq: i64| self.orders[seq as usize].0.id.clone();
        let assignment = |(driver, (seq, token)): (&DriverId, &(i64, ClaimToken))| Assignment {
            driver_id: driver.clone(),
            order_id: order(*seq),
            token: token.clone(),
        };
        self.drivers.iter().map(assignment).collect()
    }

    pub fn backlog(&self) -> Backlog {
        let postponed = self.messages.iter().filter(|message| !message.due).count() as u64;
        Backlog { pending: self.messages.len() as u64, postponed, oldest_due: None }
    }

    pub fn parked(&self) -> u64 {
        self.parked
    }

    fn seq(&self, order: &OrderId) -> Option<usize> {
        self.orders.iter().position(|(stored, _)| stored.id == *order)
    }
}

impl Facts for PlainStore {
    type Error = Infallible;

    fn answered(&mut self, event: EventId) -> Result<bool, Infallible> {
        Ok(self.answered.contains(&event))
    }

    fn standing(&mut self, order: &OrderId) -> Result<Option<Standing>, Infallible> {
        Ok(self.seq(order).map(|seq| {
            let Order { version, status, .. } = self.orders[seq].0;
            Standing { seq: i64::try_from(seq).unwrap(), version, status }
        }))
    }

    fn order(&mut self, order: &OrderId) -> Result<Option<Order>, Infallible> {
        Ok(self.seq(order).map(|seq| self.orders[seq].0.clone()))
    }

    fn busy(&mut self, driver: &DriverId) -> Result<bool, Infallible> {
        Ok(self.drivers.contains_key(driver))
    }

    fn waits(&mut self, seq: i64, but: Option<EventId>) -> Result<bool, Infallible> {
        Ok(self.jobs(Some(seq)).iter().any(|job| Some(*job) != but))
    }
}
