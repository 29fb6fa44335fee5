//! Applying one [`Write`], inside the writer's transaction.
//!
//! Everything that may refuse a write is looked at before the first row of it is written: there is one writer, so
//! what was looked at still holds, and a refused write needs no undoing.

use tropa_contract::{
    domain::{ClaimToken, DriverId, EventId, EventKind, ManualReason, Status},
    port::{Applied, Change, Postponement, Transition, Write},
};

use super::{
    batch::Batch,
    column::{count_at, micros, order, parsed},
    event,
    failure::Failure,
    letter, message, span, statement,
};

/// The one consumer of events that answers them here.
pub const CONSUMER: &str = "dispatch";

/// What of an order decides whether a write fits.
pub struct Guard {
    pub seq: i64,
    version: u64,
    status: Status,
}

/// Writes all of it, or nothing.
pub fn apply(batch: &mut Batch<'_>, write: &Write) -> Result<Applied, Failure> {
    let _span = span::applying(write);
    if let Some(event) = write.inbox
        && batch.holds(statement::ANSWERED, (CONSUMER, event.0.as_bytes()))?
    {
        return Ok(Applied::Duplicate);
    }
    let applied = match &write.change {
        Change::Nothing => Applied::Done,
        Change::Transition(transition) => step(batch, transition, write.inbox.is_none())?,
        Change::Postpone(postponement) => postpone(batch, postponement, write.inbox)?,
        Change::Park(dead_letter, transition) => {
            let stepped = match transition {
                Some(transition) => step(batch, transition, write.inbox.is_none())?,
                None => Applied::Done,
            };
            if stepped == Applied::Done {
                letter::park(batch, dead_letter)?;
            }
            stepped
        }
    };
    if let (Applied::Done, Some(event)) = (&applied, write.inbox) {
        batch.execute(statement::INSERT_ANSWER, (CONSUMER, event.0.as_bytes(), batch.now))?;
    }
    Ok(applied)
}

/// Where the order stands; `None` when there is no such order.
pub fn guard(batch: &Batch<'_>, order_id: &str) -> Result<Option<Guard>, Failure> {
    batch.first(statement::GUARD_ORDER, [order_id], |row| {
        Ok(Guard { seq: row.get(0)?, version: count_at(row, 1)?, status: parsed(row, 2)? })
    })
}

fn stale(batch: &Batch<'_>, order_id: &str) -> Result<Applied, Failure> {
    Ok(Applied::Stale(batch.first(statement::LOAD_ORDER, [order_id], order)?.map(Box::new)))
}

fn step(batch: &mut Batch<'_>, transition: &Transition, is_command: bool) -> Result<Applied, Failure> {
    let Transition { event, order, envelope } = transition;
    let expected = event.version.saturating_sub(1);
    let Some(Guard { seq, version, status }) = guard(batch, order.id.as_str())? else {
        return Ok(Applied::Stale(None));
    };
    if version != expected {
        return stale(batch, order.id.as_str());
    }
    if let EventKind::Dispatched { driver_id, .. } = &event.kind
        && batch.holds(statement::DRIVER_TAKEN, [driver_id.as_str()])?
    {
        return Ok(Applied::DriverTaken);
    }
    let updated = batch.execute(
        statement::STEP_ORDER,
        (
            seq,
            expected.cast_signed(),
            order.status.as_str(),
            event.version.cast_signed(),
            order.driver_id.as_ref().map(DriverId::as_str),
            &order.driver_name,
            order.claim_token.as_ref().map(ClaimToken::as_str),
            order.manual_reason.map(ManualReason::as_str),
            &order.cancel_reason,
            micros(order.updated_at),
        ),
    )?;
    if updated != 1 {
        return Err(Failure::Fault(format!("order {} changed under its only writer", order.id)));
    }
    batch.count(Some(status), order.status);
    event::insert(batch, seq, event)?;
    assign(batch, seq, &event.kind)?;
    if is_command {
        message::hasten(batch, seq)?;
    }
    message::due_now(batch, seq, envelope)?;
    Ok(Applied::Done)
}

fn assign(batch: &Batch<'_>, seq: i64, kind: &EventKind) -> Result<(), Failure> {
    match kind {
        EventKind::Dispatched { driver_id, claim_token, .. } => {
            let params = (seq, driver_id.as_str(), claim_token.as_str(), batch.now);
            batch.execute(statement::INSERT_ASSIGNMENT, params)?;
        }
        EventKind::Cancelled { .. } | EventKind::Delivered { .. } => {
            batch.execute(statement::END_ASSIGNMENT, (seq, batch.now))?;
        }
        EventKind::Created | EventKind::ManualDispatch { .. } => {}
    }
    Ok(())
}

fn postpone(
    batch: &mut Batch<'_>,
    postponement: &Postponement,
    inbox: Option<EventId>,
) -> Result<Applied, Failure> {
    let Postponement { envelope, due_at, reason, unless_pending } = postponement;
    let order_id = envelope.order_id.as_str();
    let Some(Guard { seq, version, .. }) = guard(batch, order_id)? else { return Ok(Applied::Stale(None)) };
    if version != envelope.version {
        return stale(batch, order_id);
    }
    let answered = inbox.map(|event| *event.0.as_bytes());
    if *unless_pending && batch.holds(statement::HAS_PENDING_JOB, (seq, answered))? {
        return Ok(Applied::Duplicate);
    }
    message::due_later(batch, seq, envelope, micros(*due_at), *reason)?;
    Ok(Applied::Done)
}
