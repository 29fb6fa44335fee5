//! Events on their way: what an outbox row and a message carry.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{EventId, ManualReason, OrderId, Topic, TraceParent, name::UnknownName};
use crate::names;

/// What a postponed dispatch waits for. Rows that wait can be hastened when it happens.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// A free driver.
    Driver,
    /// The fleet service.
    Fleet,
    /// Only time: a transient failure.
    Backoff,
}

names!(WaitReason);

impl WaitReason {
    /// Where an order ends that waited for this too long.
    pub fn manual_reason(self) -> ManualReason {
        match self {
            Self::Driver => ManualReason::NoDriver,
            Self::Fleet => ManualReason::FleetUnavailable,
            Self::Backoff => ManualReason::DeadLettered,
        }
    }
}

/// How far a message is on its way to the broker.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
#[serde(rename_all = "snake_case")]
#[schema(as = OutboxMessageState)]
pub enum MessageState {
    /// It may be claimed, or stands behind an older one of its order.
    Due,
    /// It becomes due later.
    Postponed,
    /// A relay has claimed it.
    Leased,
    /// The broker has confirmed it; it is kept for a while.
    Published,
}

names!(MessageState);

/// Who is publishing a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageLease {
    /// The relay.
    pub owner: String,
    /// Until when.
    pub until: OffsetDateTime,
}

/// An outbox row as people look at it: all but what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxMessage {
    /// The row; later ones have larger ids.
    pub id: i64,
    /// The message's id.
    pub event_id: EventId,
    /// The routing key; another version may know it where this one does not.
    pub topic: String,
    /// The order it is about.
    pub order_id: OrderId,
    /// The order's version the event belongs to.
    pub version: u64,
    /// When it was written.
    pub created_at: OffsetDateTime,
    /// The trace it belongs to.
    pub trace: Option<String>,
    /// What it says, in bytes.
    pub bytes: u64,
    /// How it is to be published; `None` once it is.
    pub pending: Option<PendingMessage>,
}

/// What an unpublished message waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingMessage {
    /// From when on it may be published.
    pub due_at: OffsetDateTime,
    /// What was to happen until then.
    pub reason: Option<WaitReason>,
    /// How often publishing failed.
    pub attempts: u32,
    /// What the broker said last.
    pub last_error: Option<String>,
    /// Who is publishing it.
    pub lease: Option<MessageLease>,
}

impl OutboxMessage {
    /// How far it is at this moment.
    pub fn state(&self, now: OffsetDateTime) -> MessageState {
        match &self.pending {
            None => MessageState::Published,
            Some(pending) if pending.lease.as_ref().is_some_and(|lease| lease.until > now) => {
                MessageState::Leased
            }
            Some(pending) if pending.due_at > now => MessageState::Postponed,
            Some(_) => MessageState::Due,
        }
    }
}

/// One message: an outbox row's content, and what the broker carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The message id; the same on every redelivery and republication.
    pub event_id: EventId,
    /// The routing key.
    pub topic: Topic,
    /// The order it is about. Rows of one order are published in their order.
    pub order_id: OrderId,
    /// The order's version the event belongs to.
    pub version: u64,
    /// JSON: [`EventPayload`](crate::domain::EventPayload) or [`DispatchJob`](crate::domain::DispatchJob), by topic.
    pub payload: String,
    /// The trace it belongs to.
    pub trace: Option<TraceParent>,
    /// When it was written.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl Envelope {
    /// Reads a version that came from outside. Stores hold it as a signed number: what is larger is refused, as an error
    /// that says so.
    pub fn read_version(text: &str) -> Result<u64, std::num::ParseIntError> {
        text.parse::<i64>().and_then(|_| text.parse())
    }
}
