//! An order's events, as rows.

use time::OffsetDateTime;
use tokio_postgres::Row;
use tropa_contract::domain::{OrderEvent, OrderId, TraceParent};
use uuid::Uuid;

use super::{
    column::{count_at, document, event_id_at, parsed, parsed_or_null, time_at},
    failure::Failure,
    transaction::Param,
};

/// The arrays of `insert_events.sql`.
#[derive(Default)]
pub struct Columns<'b> {
    seq: Vec<i64>,
    version: Vec<i64>,
    event_id: Vec<Uuid>,
    kind: Vec<&'static str>,
    data: Vec<String>,
    at: Vec<OffsetDateTime>,
    cause: Vec<&'static str>,
    attempt: Vec<i64>,
    trace: Vec<Option<&'b str>>,
}

impl<'b> Columns<'b> {
    /// Of these, each with its order's `seq`.
    pub fn of(events: &[(i64, &'b OrderEvent)]) -> Result<Self, Failure> {
        let mut columns = Self::default();
        for (seq, event) in events {
            columns.seq.push(*seq);
            columns.version.push(event.version.cast_signed());
            columns.event_id.push(event.event_id.0);
            columns.kind.push(event.kind.name());
            columns.data.push(serde_json::to_string(&event.kind)?);
            columns.at.push(event.at);
            columns.cause.push(event.cause.as_str());
            columns.attempt.push(i64::from(event.attempt));
            columns.trace.push(event.trace.as_ref().map(TraceParent::as_str));
        }
        Ok(columns)
    }

    /// In the statement's order.
    pub fn params(&self) -> [Param<'_>; 9] {
        [
            &self.seq,
            &self.version,
            &self.event_id,
            &self.kind,
            &self.data,
            &self.at,
            &self.cause,
            &self.attempt,
            &self.trace,
        ]
    }
}

/// Reads an event of `order_id` from a row of `timeline.sql`.
pub fn read(row: &Row, order_id: &OrderId) -> Result<OrderEvent, Failure> {
    Ok(OrderEvent {
        event_id: event_id_at(row, 0)?,
        order_id: order_id.clone(),
        version: count_at(row, 1)?,
        kind: document(row, 2)?,
        at: time_at(row, 3)?,
        cause: parsed(row, 4)?,
        attempt: count_at(row, 5)?,
        trace: parsed_or_null(row, 6)?,
    })
}
