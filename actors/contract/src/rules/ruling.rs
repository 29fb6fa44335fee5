//! What becomes of one [`Write`], and which rows are written for it.

use time::OffsetDateTime;

use crate::{
    domain::{
        ClaimToken, DeadLetter, DriverId, Envelope, EventId, EventKind, Order, OrderEvent, OrderId, Status,
        WaitReason,
    },
    port::{Applied, Change, Postponement, Transition, Write},
};

/// What a ruling rests on: how the store stands after the writes before. Asked for what matters, and for no more.
pub trait Facts {
    /// Why a question has no answer.
    type Error;

    /// Whether the event has its inbox row.
    fn answered(&mut self, event: EventId) -> Result<bool, Self::Error>;

    /// Where the order stands; `None` when there is no such order.
    fn standing(&mut self, order: &OrderId) -> Result<Option<Standing>, Self::Error>;

    /// The order whole: asked of one that has moved on.
    fn order(&mut self, order: &OrderId) -> Result<Option<Order>, Self::Error>;

    /// Whether the driver has an order.
    fn busy(&mut self, driver: &DriverId) -> Result<bool, Self::Error>;

    /// Whether a job of the order is unpublished, other than `but`.
    fn waits(&mut self, seq: i64, but: Option<EventId>) -> Result<bool, Self::Error>;
}

/// What of an order decides whether a write fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The order's name in the store.
    pub seq: i64,
    /// How many steps it has made.
    pub version: u64,
    /// Where they led.
    pub status: Status,
}

/// What becomes of a write.
#[derive(Debug, PartialEq)]
pub enum Ruling<'w> {
    /// It is [`Applied::Done`] with these.
    Write(Rows<'w>),
    /// Nothing is written, and this is said.
    Refuse(Applied),
}

/// What is written for one write, in this order.
#[derive(Debug, Default, PartialEq)]
pub struct Rows<'w> {
    /// The order moves.
    pub step: Option<Step<'w>>,
    /// A message goes out.
    pub message: Option<Message<'w>>,
    /// A letter is parked.
    pub letter: Option<&'w DeadLetter>,
    /// The event whose inbox row this is.
    pub answer: Option<EventId>,
}

/// A step of an order, and its event. It is made from the version before the event's, or not at all.
#[derive(Debug, PartialEq)]
pub struct Step<'w> {
    /// Whose.
    pub seq: i64,
    /// Where the order stood.
    pub from: Status,
    /// The step. The order is at its version then.
    pub event: &'w OrderEvent,
    /// The order then. What was asked for, and when, stays as it is stored.
    pub order: &'w Order,
    /// What it is to the driver.
    pub driving: Driving<'w>,
    /// What the order has postponed is due now: else it would hold back, in their order, what comes behind.
    pub hastens: bool,
}

/// What a step is to a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driving<'w> {
    /// They have the order from now on.
    Begins(&'w DriverId, &'w ClaimToken),
    /// Whoever had the order is free.
    Ends,
    /// Nothing.
    Unchanged,
}

/// An outbox row.
#[derive(Debug, PartialEq)]
pub struct Message<'w> {
    /// Of which order.
    pub seq: i64,
    /// What it says.
    pub envelope: &'w Envelope,
    /// When it may go; `None`: now.
    pub due_at: Option<OffsetDateTime>,
    /// What it waits for.
    pub reason: Option<WaitReason>,
}

/// Decides on a write.
pub fn decide<'w, F: Facts>(write: &'w Write, facts: &mut F) -> Result<Ruling<'w>, F::Error> {
    if let Some(event) = write.inbox
        && facts.answered(event)?
    {
        return Ok(Ruling::Refuse(Applied::Duplicate));
    }
    let mut ruling = match &write.change {
        Change::Nothing | Change::Park(_, None) => Ruling::Write(Rows::default()),
        Change::Transition(transition) | Change::Park(_, Some(transition)) => {
            step(transition, write.inbox.is_none(), facts)?
        }
        Change::Postpone(postponement) => postpone(postponement, write.inbox, facts)?,
    };
    if let Ruling::Write(rows) = &mut ruling {
        rows.answer = write.inbox;
        if let Change::Park(letter, _) = &write.change {
            rows.letter = Some(letter);
        }
    }
    Ok(ruling)
}

/// `is_command`: nobody's event is answered by it, a caller asked for it.
fn step<'w, F: Facts>(
    Transition { event, order, envelope }: &'w Transition,
    is_command: bool,
    facts: &mut F,
) -> Result<Ruling<'w>, F::Error> {
    let Some(Standing { seq, version, status }) = facts.standing(&order.id)? else {
        return Ok(Ruling::Refuse(Applied::Stale(None)));
    };
    if version != event.version.saturating_sub(1) {
        return stale(&order.id, facts);
    }
    let driving = match &event.kind {
        EventKind::Dispatched { driver_id, claim_token, .. } => {
            if facts.busy(driver_id)? {
                return Ok(Ruling::Refuse(Applied::DriverTaken));
            }
            Driving::Begins(driver_id, claim_token)
        }
        left if status.is_driven() && !left.status().is_driven() => Driving::Ends,
        _ => Driving::Unchanged,
    };
    let step = Step { seq, from: status, event, order, driving, hastens: is_command };
    let message = Message { seq, envelope, due_at: None, reason: None };
    Ok(Ruling::Write(Rows { step: Some(step), message: Some(message), ..Rows::default() }))
}

fn postpone<'w, F: Facts>(
    Postponement { envelope, due_at, reason, unless_pending }: &'w Postponement,
    answered: Option<EventId>,
    facts: &mut F,
) -> Result<Ruling<'w>, F::Error> {
    let Some(Standing { seq, version, .. }) = facts.standing(&envelope.order_id)? else {
        return Ok(Ruling::Refuse(Applied::Stale(None)));
    };
    if version != envelope.version {
        return stale(&envelope.order_id, facts);
    }
    // The job that is being answered does not count: it is unpublished until its consumer has settled it.
    if *unless_pending && facts.waits(seq, answered)? {
        return Ok(Ruling::Refuse(Applied::Duplicate));
    }
    let message = Message { seq, envelope, due_at: Some(*due_at), reason: *reason };
    Ok(Ruling::Write(Rows { message: Some(message), ..Rows::default() }))
}

fn stale<'w, F: Facts>(order: &OrderId, facts: &mut F) -> Result<Ruling<'w>, F::Error> {
    Ok(Ruling::Refuse(Applied::Stale(facts.order(order)?.map(Box::new))))
}
