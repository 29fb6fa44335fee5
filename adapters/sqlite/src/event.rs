//! An order's events, as rows.

use rusqlite::Row;
use tropa_contract::domain::{OrderEvent, OrderId, TraceParent};

use super::{
    batch::Batch,
    column::{count_at, event_id_at, micros, parsed, parsed_or_null, time_at},
    failure::Failure,
    statement,
};

/// Writes an event.
pub fn insert(batch: &Batch<'_>, order_seq: i64, event: &OrderEvent) -> Result<(), Failure> {
    batch.execute(
        statement::INSERT_EVENT,
        (
            order_seq,
            event.version.cast_signed(),
            event.event_id.0.as_bytes(),
            event.kind.name(),
            serde_json::to_string(&event.kind)?,
            micros(event.at),
            event.cause.as_str(),
            event.attempt,
            event.trace.as_ref().map(TraceParent::as_str),
        ),
    )?;
    Ok(())
}

/// Reads an event of `order_id` from a row of `timeline.sql`.
pub fn read(row: &Row<'_>, order_id: &OrderId) -> Result<OrderEvent, Failure> {
    let kind = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(OrderEvent {
        event_id: event_id_at(row, 0)?,
        order_id: order_id.clone(),
        version: count_at(row, 1)?,
        kind: serde_json::from_str(kind)?,
        at: time_at(row, 3)?,
        cause: parsed(row, 4)?,
        attempt: count_at(row, 5)?,
        trace: parsed_or_null(row, 6)?,
    })
}
