//! What happened to an order. Events are facts in the past tense; the order row is their fold.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumDiscriminants, EnumString, IntoStaticStr, VariantArray};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ClaimToken, DriverId, ManualReason, Order, OrderId, Status, TraceParent, name::UnknownName};
use crate::names;

/// Identifies one event on its way: the message id, the outbox row and the inbox row carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

impl EventId {
    /// A fresh, time-ordered identifier (`UUIDv7`).
    pub fn fresh() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who made it happen.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A caller of the API.
    Api,
    /// The dispatch pipeline.
    Dispatcher,
    /// The pipeline again, for an order that a person had been told of: the fleet service came back, or a dead letter was
    /// replayed.
    Redispatch,
}

names!(Cause);

/// What happened, with what the fold needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum_discriminants(
    name(EventName),
    doc = "What happened to an order.",
    derive(Hash, Serialize, Deserialize, ToSchema, EnumString, IntoStaticStr, VariantArray),
    serde(rename_all = "snake_case"),
    schema(as = OrderEventName),
    strum(serialize_all = "snake_case"),
    strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)
)]
pub enum EventKind {
    /// The order was accepted.
    Created,
    /// A driver got it.
    Dispatched {
        /// Who drives.
        driver_id: DriverId,
        /// The driver's name at that moment.
        driver_name: String,
        /// Metres from the driver to the pickup.
        distance_m: f64,
        /// The claim to give back when the order ends.
        claim_token: ClaimToken,
    },
    /// It was handed to a person.
    ManualDispatch {
        /// Why.
        reason: ManualReason,
    },
    /// It was called off.
    Cancelled {
        /// In the caller's words.
        reason: Option<String>,
        /// The driver that had it, who is free again.
        driver_id: Option<DriverId>,
        /// That driver's claim.
        claim_token: Option<ClaimToken>,
    },
    /// It arrived.
    Delivered {
        /// The driver that had it, who is free again.
        driver_id: DriverId,
        /// That driver's claim.
        claim_token: ClaimToken,
    },
}

names!(EventName);

impl EventName {
    /// The state the order is in after this.
    pub fn status(self) -> Status {
        match self {
            Self::Created => Status::Pending,
            Self::Dispatched => Status::Dispatched,
            Self::ManualDispatch => Status::ManualDispatch,
            Self::Cancelled => Status::Cancelled,
            Self::Delivered => Status::Delivered,
        }
    }

    /// Where it is announced.
    pub fn topic(self) -> Topic {
        match self {
            Self::Created => Topic::Created,
            Self::Dispatched => Topic::Dispatched,
            Self::ManualDispatch => Topic::ManualDispatch,
            Self::Cancelled => Topic::Cancelled,
            Self::Delivered => Topic::Delivered,
        }
    }
}

impl EventKind {
    /// The state the order is in after this.
    pub fn status(&self) -> Status {
        EventName::from(self).status()
    }

    /// Where it is announced.
    pub fn topic(&self) -> Topic {
        EventName::from(self).topic()
    }

    /// What it changes of the order, besides its state.
    pub(super) fn change(&self, order: &mut Order) {
        match self {
            Self::Dispatched { driver_id, driver_name, claim_token, .. } => {
                order.driver_id = Some(driver_id.clone());
                order.driver_name = Some(driver_name.clone());
                order.claim_token = Some(claim_token.clone());
            }
            Self::ManualDispatch { reason } => order.manual_reason = Some(*reason),
            Self::Cancelled { reason, .. } => order.cancel_reason.clone_from(reason),
            Self::Created | Self::Delivered { .. } => {}
        }
    }

    /// The driver it is about, and their name where it says one.
    pub fn driver(&self) -> Option<(&DriverId, Option<&str>)> {
        match self {
            Self::Dispatched { driver_id, driver_name, .. } => Some((driver_id, Some(driver_name))),
            Self::Cancelled { driver_id, .. } => driver_id.as_ref().map(|id| (id, None)),
            Self::Delivered { driver_id, .. } => Some((driver_id, None)),
            Self::Created | Self::ManualDispatch { .. } => None,
        }
    }

    /// The claim it ends: the driver is to be released.
    pub fn released(self) -> Option<(DriverId, ClaimToken)> {
        match self {
            Self::Cancelled { driver_id, claim_token, .. } => driver_id.zip(claim_token),
            Self::Delivered { driver_id, claim_token } => Some((driver_id, claim_token)),
            Self::Created | Self::Dispatched { .. } | Self::ManualDispatch { .. } => None,
        }
    }

    /// The event's name in the API and the database.
    pub fn name(&self) -> &'static str {
        EventName::from(self).as_str()
    }
}

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
    /// What the consumer pool must do about it; `None`: it only tells the world.
    pub fn work(self) -> Option<Work> {
        match self {
            Self::Created | Self::DispatchRequested => Some(Work::Dispatch),
            Self::Cancelled | Self::Delivered | Self::ReleaseRequested => Some(Work::Release),
            Self::Dispatched | Self::ManualDispatch => None,
        }
    }

    /// Whether the work queue `orders.dispatch` is bound to it.
    pub fn is_work(self) -> bool {
        self.work().is_some()
    }
}

/// What is to be done about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Find the order a driver.
    Dispatch,
    /// Release the driver of an order that ended.
    Release,
}

/// One step of an order's life, as stored in its timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// Which event.
    pub event_id: EventId,
    /// Whose.
    pub order_id: OrderId,
    /// The order's version after it; the first is 1.
    pub version: u64,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// By whom.
    pub cause: Cause,
    /// How many tries it took; 1 for a command.
    pub attempt: u32,
    /// The trace it belongs to.
    pub trace: Option<TraceParent>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_state_has_its_event_and_each_event_its_topic() {
        let states: HashSet<_> = EventName::ALL.map(EventName::status).into();
        assert_eq!(states, Status::ALL.into());
        assert_eq!(EventName::ALL.len(), Status::ALL.len());
        for event in EventName::ALL {
            assert_eq!(event.topic().as_str(), format!("orders.{}", event.as_str()));
        }
    }
}
