//! Outbox rows as they are written.

use time::OffsetDateTime;
use tropa_contract::{
    domain::{TraceParent, WaitReason},
    rules::Message,
};
use uuid::Uuid;

use super::transaction::Param;

/// How far `at` is from `now` in microseconds, not below zero; `None` is now. Times to come are told to the database as
/// delays: its clock says when they are over, and it may be another than ours.
pub fn delay(now: OffsetDateTime, at: Option<OffsetDateTime>) -> i64 {
    at.map_or(0, |at| i64::try_from((at - now).whole_microseconds().max(0)).unwrap_or(i64::MAX))
}

/// The arrays of `insert_messages.sql`.
#[derive(Default)]
pub struct Columns<'b> {
    event_id: Vec<Uuid>,
    topic: Vec<&'b str>,
    seq: Vec<i64>,
    version: Vec<i64>,
    payload: Vec<&'b str>,
    trace: Vec<Option<&'b str>>,
    created_at: Vec<OffsetDateTime>,
    delay: Vec<i64>,
    reason: Vec<Option<&'b str>>,
}

impl<'b> Columns<'b> {
    /// Of these, in their order. Whoever writes them holds their orders' row locks.
    pub fn of(messages: &[Message<'b>], now: OffsetDateTime) -> Self {
        let mut columns = Self::default();
        for Message { seq, envelope, due_at, reason } in messages {
            columns.event_id.push(envelope.event_id.0);
            columns.topic.push(envelope.topic.as_str());
            columns.seq.push(*seq);
            columns.version.push(envelope.version.cast_signed());
            columns.payload.push(&envelope.payload);
            columns.trace.push(envelope.trace.as_ref().map(TraceParent::as_str));
            columns.created_at.push(envelope.created_at);
            columns.delay.push(delay(now, *due_at));
            columns.reason.push(reason.map(WaitReason::as_str));
        }
        columns
    }

    /// In the statement's order.
    pub fn params(&self) -> [Param<'_>; 9] {
        [
            &self.event_id,
            &self.topic,
            &self.seq,
            &self.version,
            &self.payload,
            &self.trace,
            &self.created_at,
            &self.delay,
            &self.reason,
        ]
    }
}
