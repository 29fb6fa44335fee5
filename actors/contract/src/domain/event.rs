//! What happened to an order. Events are facts in the past tense; the order row is their fold.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, EnumString, IntoStaticStr, VariantArray};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ClaimToken, DriverId, ManualReason, OrderId, Status, Topic, name::UnknownName};
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

/// A W3C `traceparent`: `00-<32 hex>-<16 hex>-<2 hex>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TraceParent(String);

impl TraceParent {
    /// Of the ids as numbers, without a detour over text that is parsed; `None` when one of them is zero.
    pub fn new(trace_id: u128, span_id: u64, sampled: bool) -> Option<Self> {
        let valid = trace_id != 0 && span_id != 0;
        valid.then(|| Self(format!("00-{trace_id:032x}-{span_id:016x}-{:02x}", u8::from(sampled))))
    }

    /// The first of a trace of its own.
    pub fn fresh() -> Self {
        let (trace, id) = (fastrand::u128(1..), fastrand::u64(1..));
        Self(format!("00-{trace:032x}-{id:016x}-00"))
    }

    /// A step that follows from this one. Whether the trace is recorded is not for it to decide.
    #[must_use]
    pub fn child(&self) -> Self {
        let id = fastrand::u64(1..);
        Self(format!("{}{id:016x}{}", &self.0[..36], &self.0[52..]))
    }

    /// The header's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The trace id, 32 hex digits.
    pub fn trace_id(&self) -> &str {
        &self.0[3..35]
    }

    /// The id of the span that is the parent, 16 hex digits.
    pub fn span_id(&self) -> &str {
        &self.0[36..52]
    }

    /// Whether the trace is recorded, as far as the parent knows.
    pub fn sampled(&self) -> bool {
        u8::from_str_radix(&self.0[53..], 16).is_ok_and(|flags| flags & 1 == 1)
    }
}

impl FromStr for TraceParent {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('-').collect();
        let hex = |s: &str, len| {
            s.len() == len && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let zero = |s: &str| s.bytes().all(|b| b == b'0');
        match parts[..] {
            ["00", trace, span, flags]
                if hex(trace, 32) && hex(span, 16) && hex(flags, 2) && !zero(trace) && !zero(span) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(format!("not a W3C traceparent: {text:?}")),
        }
    }
}

impl TryFrom<String> for TraceParent {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<TraceParent> for String {
    fn from(parent: TraceParent) -> String {
        parent.0
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

impl EventKind {
    /// The state the order is in after this.
    pub fn status(&self) -> Status {
        match self {
            Self::Created => Status::Pending,
            Self::Dispatched { .. } => Status::Dispatched,
            Self::ManualDispatch { .. } => Status::ManualDispatch,
            Self::Cancelled { .. } => Status::Cancelled,
            Self::Delivered { .. } => Status::Delivered,
        }
    }

    /// Where it is announced.
    pub fn topic(&self) -> Topic {
        match self {
            Self::Created => Topic::Created,
            Self::Dispatched { .. } => Topic::Dispatched,
            Self::ManualDispatch { .. } => Topic::ManualDispatch,
            Self::Cancelled { .. } => Topic::Cancelled,
            Self::Delivered { .. } => Topic::Delivered,
        }
    }

    /// The event's name in the API and the database.
    pub fn name(&self) -> &'static str {
        EventName::from(self).as_str()
    }
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
    use super::*;

    #[test]
    fn a_traceparent_is_checked() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let parent: TraceParent = good.parse().unwrap();
        assert_eq!(parent.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(parent.span_id(), "00f067aa0ba902b7");
        assert!(parent.sampled());
        let same = TraceParent::new(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736, 0x00f0_67aa_0ba9_02b7, true);
        assert_eq!(same, Some(parent));
        assert_eq!(TraceParent::new(0, 1, true), None);
        for bad in [
            "",
            "00-4bf9-00f0-01",
            &good.replace('a', "A"),
            &format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
        ] {
            assert!(bad.parse::<TraceParent>().is_err(), "{bad}");
        }
    }
}
