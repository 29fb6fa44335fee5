//! Who drives.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::{DriverId, OrderId, Position, name::UnknownName};
use crate::names;

/// Whether a driver takes orders.
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
pub enum DriverStatus {
    /// Takes orders.
    Available,
    /// Does not.
    Offline,
}

names!(DriverStatus);

/// Why a driver cannot be given orders: takes none, has one, nobody knows where they are, was not heard of for too long.
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
#[schema(as = UnassignableReason)]
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

names!(Unassignable);

impl Unassignable {
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
