//! Applying one [`Write`], inside the writer's transaction.
//!
//! Everything that may refuse a write is looked at before the first row of it is written: there is one writer, so
//! what was looked at still holds, and a refused write needs no undoing.

use tropa_contract::{
    domain::{ClaimToken, DriverId, EventId, ManualReason, Order, OrderId},
    port::{Applied, Write},
    rules::{self, CONSUMER, Driving, Facts, Rows, Ruling, Standing, Step},
};

use super::{
    batch::Batch,
    column::{count_at, micros, order, parsed},
    event,
    failure::Failure,
    letter, message, span, statement,
};

/// Writes all of it, or nothing.
pub fn apply(batch: &mut Batch<'_>, write: &Write) -> Result<Applied, Failure> {
    let _span = span::applying(write);
    match rules::decide(write, batch)? {
        Ruling::Write(rows) => insert(batch, &rows).map(|()| Applied::Done),
        Ruling::Refuse(applied) => Ok(applied),
    }
}

impl Facts for Batch<'_> {
    type Error = Failure;

    fn answered(&mut self, event: EventId) -> Result<bool, Failure> {
        self.holds(statement::ANSWERED, (CONSUMER, event.0.as_bytes()))
    }

    fn standing(&mut self, order: &OrderId) -> Result<Option<Standing>, Failure> {
        self.first(statement::GUARD_ORDER, [order.as_str()], |row| {
            Ok(Standing { seq: row.get(0)?, version: count_at(row, 1)?, status: parsed(row, 2)? })
        })
    }

    fn order(&mut self, id: &OrderId) -> Result<Option<Order>, Failure> {
        self.first(statement::LOAD_ORDER, [id.as_str()], order)
    }

    fn busy(&mut self, driver: &DriverId) -> Result<bool, Failure> {
        self.holds(statement::DRIVER_TAKEN, [driver.as_str()])
    }

    fn waits(&mut self, seq: i64, but: Option<EventId>) -> Result<bool, Failure> {
        self.holds(statement::HAS_PENDING_JOB, (seq, but.map(|event| *event.0.as_bytes())))
    }
}

fn insert(batch: &mut Batch<'_>, Rows { step, message, letter, answer }: &Rows<'_>) -> Result<(), Failure> {
    if let Some(made) = step {
        self::step(batch, made)?;
    }
    if let Some(message) = message {
        message::send(batch, message)?;
    }
    if let Some(letter) = letter {
        letter::park(batch, letter)?;
    }
    if let Some(event) = answer {
        batch.execute(statement::INSERT_ANSWER, (CONSUMER, event.0.as_bytes(), batch.now))?;
    }
    Ok(())
}

fn step(
    batch: &mut Batch<'_>,
    Step { seq, from, event, order, driving, hastens }: &Step<'_>,
) -> Result<(), Failure> {
    let updated = batch.execute(
        statement::STEP_ORDER,
        (
            seq,
            event.version.saturating_sub(1).cast_signed(),
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
    batch.count(Some(*from), order.status);
    event::insert(batch, *seq, event)?;
    match driving {
        Driving::Begins(driver, token) => {
            let params = (seq, driver.as_str(), token.as_str(), batch.now);
            batch.execute(statement::INSERT_ASSIGNMENT, params)?;
        }
        Driving::Ends => drop(batch.execute(statement::END_ASSIGNMENT, (seq, batch.now))?),
        Driving::Unchanged => {}
    }
    if *hastens {
        message::hasten(batch, *seq)?;
    }
    Ok(())
}
