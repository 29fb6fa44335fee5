//! The order's state machine.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::name::UnknownName;
use crate::names;

/// Where an order stands.
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
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = OrderStatus)]
pub enum Status {
    /// Accepted; a driver is being looked for.
    Pending,
    /// A driver has it.
    Dispatched,
    /// A person must look at it; see [`ManualReason`].
    ManualDispatch,
    /// Delivered. Final.
    Delivered,
    /// Cancelled. Final.
    Cancelled,
}

/// Why an order waits for a person.
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
pub enum ManualReason {
    /// No free driver until the dispatch deadline.
    NoDriver,
    /// The fleet service did not answer for `fallback_after`.
    FleetUnavailable,
    /// The event could not be processed; a dead letter tells why.
    DeadLettered,
}

/// A step the state machine does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid state transition: {from} -> {to}")]
pub struct InvalidTransition {
    /// The state the order is in.
    pub from: Status,
    /// The state that was asked for.
    pub to: Status,
}

names!(Status);
names!(ManualReason);

impl Status {
    /// The state machine: where an order goes from here.
    pub fn next(self) -> &'static [Self] {
        use Status::{Cancelled, Delivered, Dispatched, ManualDispatch, Pending};
        match self {
            Pending => &[Dispatched, ManualDispatch, Cancelled],
            ManualDispatch => &[Dispatched, Cancelled],
            Dispatched => &[Delivered, Cancelled],
            Delivered | Cancelled => &[],
        }
    }

    /// Checks the step from this state to `to`.
    pub fn check(self, to: Self) -> Result<(), InvalidTransition> {
        if self.next().contains(&to) { Ok(()) } else { Err(InvalidTransition { from: self, to }) }
    }

    /// A driver may be looked for.
    pub fn waits(self) -> bool {
        self.check(Self::Dispatched).is_ok()
    }

    /// A driver has it: its assignment lasts.
    pub fn is_driven(self) -> bool {
        match self {
            Self::Dispatched => true,
            Self::Pending | Self::ManualDispatch | Self::Delivered | Self::Cancelled => false,
        }
    }

    /// No step leads out of this state.
    pub fn is_final(self) -> bool {
        self.next().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_documented_steps_exist() {
        use Status::*;
        let allowed = [
            (Pending, Dispatched),
            (Pending, ManualDispatch),
            (Pending, Cancelled),
            (ManualDispatch, Dispatched),
            (ManualDispatch, Cancelled),
            (Dispatched, Delivered),
            (Dispatched, Cancelled),
        ];
        for from in Status::ALL {
            for to in Status::ALL {
                assert_eq!(from.check(to).is_ok(), allowed.contains(&(from, to)), "{from} -> {to}");
            }
            assert_eq!(from.is_final(), !allowed.iter().any(|(f, _)| *f == from));
        }
        assert_eq!(
            Delivered.check(Cancelled).unwrap_err().to_string(),
            "invalid state transition: DELIVERED -> CANCELLED"
        );
    }
}
