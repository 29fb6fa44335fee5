//! Applying a batch of [`Write`]s: what they are about is locked and looked at, the outcomes are decided in memory one after
//! the other, and what follows from them is written, COMMIT included, in one go. Two round trips, whatever the batch's size.
//!
//! What was looked at still holds when it is written: orders are locked, events are ours once claimed. Drivers are not
//! locked; when another transaction was faster the unique index refuses the batch, and it is decided again.

mod decision;
mod effects;

use time::OffsetDateTime;
use tropa_contract::{
    domain::{DriverId, EventId, EventKind, OrderId},
    port::{Applied, Change, Transition, Write},
};
use uuid::Uuid;

use self::decision::Ledger;
use super::{
    connection::Connection,
    creation::{TRIES, collided},
    failure::Failure,
    statement,
    transaction::{self, Param},
};

/// The one consumer of events that answers them here.
pub const CONSUMER: &str = "dispatch";

/// Writes all of it, or nothing; an outcome each, in the batch's order, and whether outbox rows became due. Times to come
/// are counted from `now`.
pub async fn apply(
    connection: &Connection,
    batch: &[Write],
    now: OffsetDateTime,
) -> Result<(Vec<Applied>, bool), Failure> {
    let mut tried = 1;
    loop {
        match attempt(connection, batch, now).await {
            Err(failure) if tried < TRIES && failure.is_collision() => {
                transaction::roll_back(connection).await?;
                collided(tried).await;
                tried += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn attempt(
    connection: &Connection,
    batch: &[Write],
    now: OffsetDateTime,
) -> Result<(Vec<Applied>, bool), Failure> {
    let mut ledger = look(connection, batch, now).await?;
    let applied: Vec<_> = batch.iter().map(|write| ledger.decide(write)).collect();
    let effects = ledger.into_effects();
    let makes_due = effects.makes_due();
    effects.write(connection).await?;
    Ok((applied, makes_due))
}

/// Begins the transaction: takes the orders and the events, looks at drivers and jobs.
async fn look<'b>(
    connection: &Connection,
    batch: &'b [Write],
    now: OffsetDateTime,
) -> Result<Ledger<'b>, Failure> {
    let orders = sorted(batch.iter().filter_map(order_of).map(OrderId::as_str));
    let events = sorted(batch.iter().filter_map(|write| write.inbox).map(|event| event.0));
    let drivers = sorted(batch.iter().filter_map(driver_of).map(DriverId::as_str));
    let waiting = sorted(batch.iter().filter_map(unless_pending).map(OrderId::as_str));
    // A statement sees what was committed when it starts: those behind the first see what its locks waited for.
    let questions: [(&str, &[Param]); 4] = [
        (statement::LOCK_ORDERS, &[&orders]),
        (statement::CLAIM_EVENTS, &[&CONSUMER, &events]),
        (statement::BUSY_DRIVERS, &[&drivers]),
        (statement::PENDING_JOBS, &[&waiting]),
    ];
    let needed = [true, !events.is_empty(), !drivers.is_empty(), !waiting.is_empty()];
    let asked: Vec<_> =
        questions.into_iter().zip(needed).filter(|(_, needed)| *needed).map(|(q, _)| q).collect();
    let mut answers = transaction::ask(connection, &asked, true).await?.into_iter();
    let mut next = |needed: bool| if needed { answers.next().unwrap_or_default() } else { Vec::new() };

    let mut ledger = Ledger::new(now);
    for row in next(true) {
        ledger.hold(&row)?;
    }
    let ours: Vec<Uuid> = next(needed[1]).iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    ledger.claim(&ours);
    for row in next(needed[2]) {
        ledger.busy(row.try_get(0)?);
    }
    for row in next(needed[3]) {
        if let Some(job) = row.try_get::<_, Option<Uuid>>(1)? {
            ledger.pending(row.try_get(0)?, EventId(job));
        }
    }
    Ok(ledger)
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable();
    items.dedup();
    items
}

/// Whom the write guards.
fn order_of(write: &Write) -> Option<&OrderId> {
    match &write.change {
        Change::Postpone(postponement) => Some(&postponement.envelope.order_id),
        _ => transition_of(write).map(|transition| &transition.order.id),
    }
}

fn transition_of(write: &Write) -> Option<&Transition> {
    match &write.change {
        Change::Transition(transition) | Change::Park(_, Some(transition)) => Some(transition),
        Change::Park(_, None) | Change::Postpone(_) | Change::Nothing => None,
    }
}

fn driver_of(write: &Write) -> Option<&DriverId> {
    match &transition_of(write)?.event.kind {
        EventKind::Dispatched { driver_id, .. } => Some(driver_id),
        _ => None,
    }
}

fn unless_pending(write: &Write) -> Option<&OrderId> {
    match &write.change {
        Change::Postpone(postponement) if postponement.unless_pending => {
            Some(&postponement.envelope.order_id)
        }
        _ => None,
    }
}
