//! Applying a batch of [`Write`]s: what they are about is locked and looked at, they are decided in memory one after the
//! other, and what follows from them is written, COMMIT included, in one go. Two round trips, whatever the batch's size.
//!
//! What was looked at still holds when it is written: orders are locked, events are ours once claimed. Drivers are not
//! locked; when another transaction was faster the unique index refuses the batch, and it is decided again.

mod effects;

use time::OffsetDateTime;
use tropa_contract::{
    domain::{DriverId, EventId, OrderId},
    port::{Applied, Write},
    rules::{BatchFacts, CONSUMER, Questions, Ruling},
};
use uuid::Uuid;

use self::effects::Effects;
use super::{
    column::{self, event_id_at, parsed},
    connection::Connection,
    creation::{TRIES, collided},
    failure::Failure,
    statement,
    transaction::{self, Param},
};

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
    let mut facts = look(connection, batch).await?;
    let (mut effects, mut applied) = (Effects::new(now), Vec::with_capacity(batch.len()));
    for write in batch {
        applied.push(match facts.decide(write) {
            Ruling::Write(rows) => {
                effects.add(rows);
                Applied::Done
            }
            Ruling::Refuse(applied) => applied,
        });
    }
    effects.release(facts.into_unanswered());
    let makes_due = effects.makes_due();
    effects.write(connection).await?;
    Ok((applied, makes_due))
}

/// Begins the transaction: takes the orders and the events, looks at drivers and jobs.
async fn look(connection: &Connection, batch: &[Write]) -> Result<BatchFacts, Failure> {
    let asked = Questions::of(batch);
    let orders: Vec<_> = asked.orders.into_iter().map(OrderId::as_str).collect();
    let events: Vec<_> = asked.events.into_iter().map(|event| event.0).collect();
    let drivers: Vec<_> = asked.drivers.into_iter().map(DriverId::as_str).collect();
    let waiting: Vec<_> = asked.waiting.into_iter().map(OrderId::as_str).collect();
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

    let mut facts = BatchFacts::default();
    for row in next(true) {
        facts.hold(row.try_get(11)?, column::order(&row)?);
    }
    for row in next(needed[1]) {
        facts.claim([event_id_at(&row, 0)?]);
    }
    for row in next(needed[2]) {
        facts.occupy(parsed(&row, 0)?);
    }
    for row in next(needed[3]) {
        if let Some(job) = row.try_get::<_, Option<Uuid>>(1)? {
            facts.wait(row.try_get(0)?, EventId(job));
        }
    }
    Ok(facts)
}
