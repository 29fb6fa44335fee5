//! What a batch of writes comes to: rows, by table.

use std::collections::HashSet;

use time::OffsetDateTime;
use tropa_contract::domain::{ClaimToken, DeadLetter, DriverId, EventId, ManualReason, Order, OrderEvent};
use uuid::Uuid;

use super::CONSUMER;
use crate::{
    connection::Connection,
    event,
    failure::Failure,
    letter,
    message::{self, Message},
    statement,
    transaction::{Param, Rest},
};

/// The arrays of `step_orders.sql`.
#[derive(Default)]
struct Steps<'b> {
    seq: Vec<i64>,
    status: Vec<&'static str>,
    version: Vec<i64>,
    driver_id: Vec<Option<&'b str>>,
    driver_name: Vec<Option<&'b str>>,
    claim_token: Vec<Option<&'b str>>,
    manual_reason: Vec<Option<&'static str>>,
    cancel_reason: Vec<Option<&'b str>>,
    updated_at: Vec<OffsetDateTime>,
}

/// The arrays of `start_assignments.sql`.
#[derive(Default)]
struct Assignments<'b> {
    seq: Vec<i64>,
    driver_id: Vec<&'b str>,
    token: Vec<&'b str>,
    active: Vec<bool>,
}

/// Everything that a batch writes.
#[derive(Default)]
pub struct Effects<'b> {
    released: Vec<Uuid>,
    ended: Vec<i64>,
    assigned: Assignments<'b>,
    /// The first steps of orders, then the second steps, and so on: the database sees each.
    rounds: Vec<Steps<'b>>,
    events: Vec<(i64, &'b OrderEvent)>,
    hastened: Vec<i64>,
    messages: Vec<Message<'b>>,
    letters: Vec<&'b DeadLetter>,
}

impl<'b> Effects<'b> {
    /// Events that were claimed and are not answered.
    pub fn release(&mut self, events: HashSet<EventId>) {
        self.released.extend(events.into_iter().map(|event| event.0));
    }

    /// An order's step in this batch; its first has `round` 0.
    pub fn step(&mut self, round: usize, seq: i64, order: &'b Order) {
        if self.rounds.len() <= round {
            self.rounds.resize_with(round + 1, Steps::default);
        }
        let steps = &mut self.rounds[round];
        steps.seq.push(seq);
        steps.status.push(order.status.as_str());
        steps.version.push(order.version.cast_signed());
        steps.driver_id.push(order.driver_id.as_ref().map(DriverId::as_str));
        steps.driver_name.push(order.driver_name.as_deref());
        steps.claim_token.push(order.claim_token.as_ref().map(ClaimToken::as_str));
        steps.manual_reason.push(order.manual_reason.map(ManualReason::as_str));
        steps.cancel_reason.push(order.cancel_reason.as_deref());
        steps.updated_at.push(order.updated_at);
    }

    /// An event.
    pub fn event(&mut self, seq: i64, event: &'b OrderEvent) {
        self.events.push((seq, event));
    }

    /// A driver gets an order.
    pub fn assign(&mut self, seq: i64, driver: &'b DriverId, token: &'b ClaimToken) {
        self.assigned.seq.push(seq);
        self.assigned.driver_id.push(driver.as_str());
        self.assigned.token.push(token.as_str());
        self.assigned.active.push(true);
    }

    /// An order ends, and with it its assignment: one that began in this batch is written as over.
    pub fn unassign(&mut self, seq: i64) {
        match self.assigned.seq.iter().position(|assigned| *assigned == seq) {
            Some(i) => self.assigned.active[i] = false,
            None => self.ended.push(seq),
        }
    }

    /// Makes what the order postponed due now, in this batch or before.
    pub fn hasten(&mut self, seq: i64) {
        self.hastened.push(seq);
        for message in self.messages.iter_mut().filter(|message| message.seq == seq) {
            (message.delay, message.reason) = (0, None);
        }
    }

    /// A message.
    pub fn send(&mut self, message: Message<'b>) {
        self.messages.push(message);
    }

    /// A dead letter.
    pub fn park(&mut self, letter: &'b DeadLetter) {
        self.letters.push(letter);
    }

    /// Whether a relay has something to do after the commit.
    pub fn makes_due(&self) -> bool {
        !self.hastened.is_empty() || self.messages.iter().any(|message| message.delay == 0)
    }

    /// Writes all of it and commits.
    pub async fn write(self, connection: &Connection) -> Result<(), Failure> {
        let events = event::Columns::of(&self.events)?;
        let messages = message::Columns::of(&self.messages);
        let letters = letter::Columns::of(self.letters.iter().copied())?;
        let mut rest = Rest::default();
        if !self.released.is_empty() {
            rest.then(statement::RELEASE_EVENTS, [&CONSUMER as Param, &self.released]);
        }
        if !self.ended.is_empty() {
            rest.then(statement::END_ASSIGNMENTS, [&self.ended as Param]);
        }
        for steps in &self.rounds {
            rest.then(statement::STEP_ORDERS, steps.params());
        }
        if !self.assigned.seq.is_empty() {
            rest.then(statement::START_ASSIGNMENTS, self.assigned.params());
        }
        if !self.events.is_empty() {
            rest.then(statement::INSERT_EVENTS, events.params());
        }
        if !self.hastened.is_empty() {
            rest.then(statement::HASTEN_ORDERS, [&self.hastened as Param]);
        }
        if !self.messages.is_empty() {
            rest.then(statement::INSERT_MESSAGES, messages.params());
        }
        if !self.letters.is_empty() {
            rest.then(statement::PARK_LETTERS, letters.params());
        }
        rest.commit(connection).await
    }
}

impl Steps<'_> {
    fn params(&self) -> [Param<'_>; 9] {
        [
            &self.seq,
            &self.status,
            &self.version,
            &self.driver_id,
            &self.driver_name,
            &self.claim_token,
            &self.manual_reason,
            &self.cancel_reason,
            &self.updated_at,
        ]
    }
}

impl Assignments<'_> {
    fn params(&self) -> [Param<'_>; 4] {
        [&self.seq, &self.driver_id, &self.token, &self.active]
    }
}
