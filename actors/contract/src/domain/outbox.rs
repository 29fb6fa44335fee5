//! Events on their way: what an outbox row and a message carry.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use time::OffsetDateTime;

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
