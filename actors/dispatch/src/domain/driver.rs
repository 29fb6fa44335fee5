//! Who drives.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{DriverId, GeoPoint, OrderId};

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

/// Where a driver was at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Where.
    #[serde(flatten)]
    pub point: GeoPoint,
    /// Degrees clockwise from north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<f64>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A driver as the fleet knows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
}
