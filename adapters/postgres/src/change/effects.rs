//! What a batch of writes comes to: rows, by table.

use std::collections::HashMap;

use time::OffsetDateTime;
use tropa_contract::{
    domain::{ClaimToken, DeadLetter, DriverId, EventId, ManualReason, Order, OrderEvent},
    rules::{CONSUMER, Driving, Message, Rows, Step},
};
use uuid::Uuid;

use crate::{
    connection::Connection,
    event,
    failure::Failure,
    letter, message, statement,
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
pub struct Effects<'b> {
    now: OffsetDateTime,
    released: Vec<Uuid>,
    ended: Vec<i64>,
    assigned: Assignments<'b>,
    /// The first steps of orders, then the second steps, and so on: the database sees each.
    rounds: Vec<Steps<'b>>,
    /// How many each order has made.
    steps: HashMap<i64, usize>,
    events: Vec<(i64, &'b OrderEvent)>,
    hastened: Vec<i64>,
    messages: Vec<Message<'b>>,
    letters: Vec<&'b DeadLetter>,
}

impl<'b> Effects<'b> {
    /// Nothing yet; `now` is when delays start.
    pub fn new(now: OffsetDateTime) -> Self {
        Self {
            now,
            released: Vec::new(),
            ended: Vec::new(),
            assigned: Assignments::default(),
            rounds: Vec::new(),
            steps: HashMap::new(),
            events: Vec::new(),
            hastened: Vec::new(),
            messages: Vec::new(),
            letters: Vec::new(),
        }
    }

    /// Events that were claimed and are not answered.
    pub fn release(&mut self, events: impl Iterator<Item = EventId>) {
        self.released.extend(events.map(|event| event.0));
    }

    /// What is written for the next write. Its inbox row is there already.
    pub fn add(&mut self, Rows { step, message, letter, answer: _ }: Rows<'b>) {
        if let Some(step) = &step {
            self.step(step);
        }
        self.messages.extend(message);
        self.letters.extend(letter);
    }

    fn step(&mut self, Step { seq, from: _, event, order, driving, hastens }: &Step<'b>) {
        let round = self.steps.entry(*seq).or_default();
        if self.rounds.len() == *round {
            self.rounds.push(Steps::default());
        }
        self.rounds[*round].push(*seq, event.version, order);
        *round += 1;
        self.events.push((*seq, event));
        match driving {
            Driving::Begins(driver, token) => self.assigned.push(*seq, driver, token),
            Driving::Ends => self.unassign(*seq),
            Driving::Unchanged => {}
        }
        if *hastens {
            self.hasten(*seq);
        }
    }

    /// An order ends, and with it its assignment: one that began in this batch is written as over.
    fn unassign(&mut self, seq: i64) {
        match self.assigned.seq.iter().position(|assigned| *assigned == seq) {
            Some(i) => self.assigned.active[i] = false,
            None => self.ended.push(seq),
        }
    }

    /// Makes what the order postponed due now, in this batch or before.
    fn hasten(&mut self, seq: i64) {
        self.hastened.push(seq);
        let now = self.now;
        let waits =
            |message: &&mut Message<'_>| message.seq == seq && message::delay(now, message.due_at) > 0;
        self.messages
            .iter_mut()
            .filter(waits)
            .for_each(|message| (message.due_at, message.reason) = (None, None));
    }

    /// Whether a relay has something to do after the commit.
    pub fn makes_due(&self) -> bool {
        !self.hastened.is_empty()
            || self.messages.iter().any(|message| message::delay(self.now, message.due_at) == 0)
    }

    /// Writes all of it and commits.
    pub async fn write(self, connection: &Connection) -> Result<(), Failure> {
        let events = event::Columns::of(&self.events)?;
        let messages = message::Columns::of(&self.messages, self.now);
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

impl<'b> Steps<'b> {
    fn push(&mut self, seq: i64, version: u64, order: &'b Order) {
        self.seq.push(seq);
        self.status.push(order.status.as_str());
        self.version.push(version.cast_signed());
        self.driver_id.push(order.driver_id.as_ref().map(DriverId::as_str));
        self.driver_name.push(order.driver_name.as_deref());
        self.claim_token.push(order.claim_token.as_ref().map(ClaimToken::as_str));
        self.manual_reason.push(order.manual_reason.map(ManualReason::as_str));
        self.cancel_reason.push(order.cancel_reason.as_deref());
        self.updated_at.push(order.updated_at);
    }

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

impl<'b> Assignments<'b> {
    fn push(&mut self, seq: i64, driver: &'b DriverId, token: &'b ClaimToken) {
        self.seq.push(seq);
        self.driver_id.push(driver.as_str());
        self.token.push(token.as_str());
        self.active.push(true);
    }

    fn params(&self) -> [Param<'_>; 4] {
        [&self.seq, &self.driver_id, &self.token, &self.active]
    }
}
