//! Outbox rows, inside the writer's transaction.

use tropa_contract::{
    domain::{Envelope, OrderId, TraceParent, WaitReason},
    rules::Message,
};

use super::{
    batch::Batch,
    column::micros,
    failure::Failure,
    pending::{Effect, Unpublished},
    statement,
};

/// Messages of which a clock that was ahead has written the time, hastened in one go.
const HASTENED: u32 = 10_000;

/// The first message of a new order, due now.
pub fn first(batch: &mut Batch<'_>, order_seq: i64, envelope: &Envelope) -> Result<(), Failure> {
    let now = batch.now;
    insert(batch, order_seq, envelope, now, None, true)
}

/// A message of an order that may have others.
pub fn send(
    batch: &mut Batch<'_>,
    Message { seq, envelope, due_at, reason }: &Message<'_>,
) -> Result<(), Failure> {
    let due_at = due_at.map_or(batch.now, micros);
    let alone = !batch.holds(statement::HAS_PENDING, [seq])?;
    insert(batch, *seq, envelope, due_at, *reason, alone)
}

/// Makes the order's postponed messages due now.
pub fn hasten(batch: &mut Batch<'_>, order_seq: i64) -> Result<(), Failure> {
    let now = batch.now;
    hastened(batch, statement::HASTEN_ORDER, (order_seq, now))?;
    Ok(())
}

/// Makes at most `limit` messages that wait for `reason` due now; returns how many. A microsecond apart, so that they stay in
/// the order of their orders' age, and in the past, so that all are due.
pub fn hasten_waiting(batch: &mut Batch<'_>, reason: WaitReason, limit: u32) -> Result<u64, Failure> {
    let ids = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let waiting: Vec<(i64, i64)> =
        batch.all(statement::WAITING_MESSAGES, (reason.as_str(), batch.now, limit), ids)?;
    let places = (1..=i64::from(limit)).rev();
    for ((id, order_seq), place) in waiting.iter().copied().zip(places) {
        let due_at = batch.now - place;
        batch.execute(statement::HASTEN_WAITING, (id, due_at))?;
        batch.tell(Effect::Hastened { order_seq, id, due_at });
    }
    Ok(waiting.len() as u64)
}

/// Makes the messages of these orders that wait for a driver due now; returns the orders of which there was one.
pub fn hasten_given(batch: &mut Batch<'_>, orders: &[OrderId]) -> Result<Vec<OrderId>, Failure> {
    let now = batch.now;
    let mut given = Vec::new();
    for order in orders {
        if hastened(batch, statement::HASTEN_GIVEN, (order.as_str(), now))? > 0 {
            given.push(order.clone());
        }
    }
    Ok(given)
}

/// Makes messages due now that would be due after `latest`; returns how many.
pub fn hasten_beyond(batch: &mut Batch<'_>, latest: i64) -> Result<u64, Failure> {
    let now = batch.now;
    hastened(batch, statement::HASTEN_BEYOND, (now, latest, HASTENED))
}

fn hastened(batch: &mut Batch<'_>, sql: &str, params: impl rusqlite::Params) -> Result<u64, Failure> {
    let due_at = batch.now;
    let rows = batch.all(sql, params, |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (id, order_seq) in &rows {
        batch.tell(Effect::Hastened { order_seq: *order_seq, id: *id, due_at });
    }
    Ok(rows.len() as u64)
}

fn insert(
    batch: &mut Batch<'_>,
    order_seq: i64,
    envelope: &Envelope,
    due_at: i64,
    reason: Option<WaitReason>,
    alone: bool,
) -> Result<(), Failure> {
    let id = batch.insert(
        statement::INSERT_MESSAGE,
        (
            envelope.event_id.0.as_bytes(),
            envelope.topic.as_str(),
            order_seq,
            envelope.version.cast_signed(),
            &envelope.payload,
            envelope.trace.as_ref().map(TraceParent::as_str),
            micros(envelope.created_at),
        ),
    )?;
    batch.execute(statement::INSERT_PENDING, (id, order_seq, due_at, reason.map(WaitReason::as_str)))?;
    let now = batch.now;
    let envelope = (due_at <= now).then(|| Box::new(envelope.clone()));
    batch.tell(Effect::Added {
        order_seq,
        row: Unpublished { id, due_at, attempts: 0, envelope },
        alone,
        now,
    });
    Ok(())
}
