//! Events on their way: what an outbox row and a message carry.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use time::OffsetDateTime;

use super::{EventId, ManualReason, OrderId, TraceParent, name::UnknownName};
use crate::names;

/// Where a message goes: the routing key.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
pub enum Topic {
    /// An order was accepted. Announced once per order; it starts the first dispatch.
    #[serde(rename = "orders.created")]
    #[strum(serialize = "orders.created")]
    Created,
    /// An order is to be dispatched (again). Ours alone: a retry is no creation, and outsiders must not count it as one.
    #[serde(rename = "orders.dispatch_requested")]
    #[strum(serialize = "orders.dispatch_requested")]
    DispatchRequested,
    /// The driver of an ended order is to be released (again): the fleet service did not answer the first time. Ours alone.
    #[serde(rename = "orders.release_requested")]
    #[strum(serialize = "orders.release_requested")]
    ReleaseRequested,
    /// A driver got the order.
    #[serde(rename = "orders.dispatched")]
    #[strum(serialize = "orders.dispatched")]
    Dispatched,
    /// The order waits for a person.
    #[serde(rename = "orders.manual_dispatch")]
    #[strum(serialize = "orders.manual_dispatch")]
    ManualDispatch,
    /// The order was called off; its driver is released on the way.
    #[serde(rename = "orders.cancelled")]
    #[strum(serialize = "orders.cancelled")]
    Cancelled,
    /// The order arrived; its driver is released on the way.
    #[serde(rename = "orders.delivered")]
    #[strum(serialize = "orders.delivered")]
    Delivered,
}

names!(Topic);

impl Topic {
    /// Whether the work queue `orders.dispatch` is bound to it: what the consumer pool must act on. The others only
    /// tell the world.
    pub fn is_work(self) -> bool {
        !matches!(self, Self::Dispatched | Self::ManualDispatch)
    }
}

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
