//! Who drives.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{DriverId, OrderId, Position};

/// Whether a driver takes orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriverStatus {
    /// Takes orders.
    Available,
    /// Does not.
    Offline,
}

impl DriverStatus {
    /// The name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Offline => "offline",
        }
    }
}

impl FromStr for DriverStatus {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "available" => Ok(Self::Available),
            "offline" => Ok(Self::Offline),
            other => Err(format!("must be available or offline, got {other:?}")),
        }
    }
}

/// Why a driver cannot be given orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unassignable {
    /// They do not take any.
    Offline,
    /// They have one.
    HasOrder,
    /// Nobody knows where they are.
    NoPosition,
    /// They were not heard of for too long.
    Silent,
}

impl Unassignable {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Offline, Self::HasOrder, Self::NoPosition, Self::Silent];

    /// Why somebody like this cannot be given orders; `None`: they can.
    pub fn of(status: DriverStatus, held: bool, seen: bool, silent: bool) -> Option<Self> {
        match (status, held, seen, silent) {
            (DriverStatus::Offline, ..) => Some(Self::Offline),
            (_, true, ..) => Some(Self::HasOrder),
            (_, _, false, _) => Some(Self::NoPosition),
            (_, _, _, true) => Some(Self::Silent),
            _ => None,
        }
    }

    /// The name in the API and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::HasOrder => "has_order",
            Self::NoPosition => "no_position",
            Self::Silent => "silent",
        }
    }
}

/// A driver as the fleet knows them.
#[derive(Clone, Debug, PartialEq)]
pub struct Driver {
    /// Their id.
    pub id: DriverId,
    /// Their name.
    pub name: String,
    /// Whether they take orders.
    pub status: DriverStatus,
    /// Where they were last seen; `None` until they report.
    pub position: Option<Position>,
    /// The order that holds them.
    pub order_id: Option<OrderId>,
    /// Whether they were not heard of for longer than an index gives orders to; only an index knows.
    pub silent: bool,
}

impl Driver {
    /// Why they cannot be given orders; `None`: they can.
    pub fn unassignable(&self) -> Option<Unassignable> {
        Unassignable::of(self.status, self.order_id.is_some(), self.position.is_some(), self.silent)
    }
}
