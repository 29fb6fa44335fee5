//! Events on their way: what an outbox row and a message carry.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{EventId, ManualReason, OrderId, TraceParent};

/// Where a message goes: the routing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Topic {
    /// An order was accepted. Announced once per order; it starts the first dispatch.
    #[serde(rename = "orders.created")]
    Created,
    /// An order is to be dispatched (again). Ours alone: a retry is no creation, and outsiders must not count it as one.
    #[serde(rename = "orders.dispatch_requested")]
    DispatchRequested,
    /// The driver of an ended order is to be released (again): the fleet service did not answer the first time. Ours alone.
    #[serde(rename = "orders.release_requested")]
    ReleaseRequested,
    /// A driver got the order.
    #[serde(rename = "orders.dispatched")]
    Dispatched,
    /// The order waits for a person.
    #[serde(rename = "orders.manual_dispatch")]
    ManualDispatch,
    /// The order was called off; its driver is released on the way.
    #[serde(rename = "orders.cancelled")]
    Cancelled,
    /// The order arrived; its driver is released on the way.
    #[serde(rename = "orders.delivered")]
    Delivered,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::DispatchRequested,
        Self::ReleaseRequested,
        Self::Dispatched,
        Self::ManualDispatch,
        Self::Cancelled,
        Self::Delivered,
    ];

    /// The routing key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "orders.created",
            Self::DispatchRequested => "orders.dispatch_requested",
            Self::ReleaseRequested => "orders.release_requested",
            Self::Dispatched => "orders.dispatched",
            Self::ManualDispatch => "orders.manual_dispatch",
            Self::Cancelled => "orders.cancelled",
            Self::Delivered => "orders.delivered",
        }
    }

    /// Whether the work queue `orders.dispatch` is bound to it: what the consumer pool must act on. The others only
    /// tell the world.
    pub fn is_work(self) -> bool {
        !matches!(self, Self::Dispatched | Self::ManualDispatch)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Topic {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|t| t.as_str() == text).ok_or_else(|| format!("unknown topic {text:?}"))
    }
}

/// What a postponed dispatch waits for. Rows that wait can be hastened when it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// A free driver.
    Driver,
    /// The fleet service.
    Fleet,
    /// Only time: a transient failure.
    Backoff,
}

impl WaitReason {
    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Driver => "driver",
            Self::Fleet => "fleet",
            Self::Backoff => "backoff",
        }
    }

    /// Where an order ends that waited for this too long.
    pub fn manual_reason(self) -> ManualReason {
        match self {
            Self::Driver => ManualReason::NoDriver,
            Self::Fleet => ManualReason::FleetUnavailable,
            Self::Backoff => ManualReason::DeadLettered,
        }
    }
}

impl FromStr for WaitReason {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Driver, Self::Fleet, Self::Backoff]
            .into_iter()
            .find(|r| r.as_str() == text)
            .ok_or_else(|| format!("unknown wait reason {text:?}"))
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
