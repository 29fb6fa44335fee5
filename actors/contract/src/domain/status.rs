//! The order's state machine.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Where an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

impl Status {
    /// Every state, in the order of an order's life.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Dispatched, Self::ManualDispatch, Self::Delivered, Self::Cancelled];

    /// The state's name in the API, the database and the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Dispatched => "DISPATCHED",
            Self::ManualDispatch => "MANUAL_DISPATCH",
            Self::Delivered => "DELIVERED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Checks the step from this state to `to`.
    pub fn check(self, to: Self) -> Result<(), InvalidTransition> {
        use Status::{Cancelled, Delivered, Dispatched, ManualDispatch, Pending};
        match (self, to) {
            (Pending, Dispatched | ManualDispatch | Cancelled)
            | (ManualDispatch, Dispatched | Cancelled)
            | (Dispatched, Delivered | Cancelled) => Ok(()),
            (from, to) => Err(InvalidTransition { from, to }),
        }
    }

    /// A driver may be looked for.
    pub fn waits(self) -> bool {
        self.check(Self::Dispatched).is_ok()
    }

    /// No step leads out of this state.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Cancelled)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Status {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|s| s.as_str() == text)
            .ok_or_else(|| format!("must be one of {}, got {text:?}", Self::ALL.map(Self::as_str).join(", ")))
    }
}

impl ManualReason {
    /// The reason's name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoDriver => "no_driver",
            Self::FleetUnavailable => "fleet_unavailable",
            Self::DeadLettered => "dead_lettered",
        }
    }
}

impl FromStr for ManualReason {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::NoDriver, Self::FleetUnavailable, Self::DeadLettered]
            .into_iter()
            .find(|r| r.as_str() == text)
            .ok_or_else(|| format!("unknown manual reason {text:?}"))
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
