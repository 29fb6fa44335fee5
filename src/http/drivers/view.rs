//! A driver as callers see them.

use serde::Serialize;
use time::OffsetDateTime;
use tropa_dispatch::domain::{Driver, DriverStatus, Unassignable};
use utoipa::ToSchema;

/// A driver.
#[derive(Serialize, ToSchema)]
#[schema(as = Driver)]
pub(in crate::http) struct DriverView {
    /// Their id.
    #[schema(example = "Joao-da-Silva")]
    id: String,
    /// Their name.
    name: String,
    /// Whether they take orders.
    status: DriverStatus,
    /// Where they were last seen; `null` until they report.
    position: Option<PositionView>,
    /// The order that holds them.
    order_id: Option<String>,
    /// Whether they can be given orders.
    assignable: bool,
    /// Why not; `null` when they can.
    unassignable_reason: Option<Unassignable>,
}

/// Where a driver was at a time.
#[derive(Serialize, ToSchema)]
#[schema(as = Position)]
struct PositionView {
    /// Degrees north.
    lat: f64,
    /// Degrees east.
    lng: f64,
    /// Degrees clockwise from north.
    heading: Option<f64>,
    /// When, by the device's clock as far as the server's bears it out.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: OffsetDateTime,
    /// When the server last heard of them, by its own clock: what silence is measured by. Later than this position came when
    /// what came since was older, by the device's clock.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    heard_at: OffsetDateTime,
}

/// A page of drivers.
#[derive(Serialize, ToSchema)]
#[schema(as = DriverPage)]
pub(in crate::http) struct DriverPageView {
    /// In the order of their ids.
    pub drivers: Vec<DriverView>,
    /// Where the next page starts; `null` on the last one.
    pub next_after: Option<String>,
}

impl From<Driver> for DriverView {
    fn from(driver: Driver) -> Self {
        let unassignable = driver.unassignable();
        Self {
            id: driver.id.into(),
            name: driver.name,
            status: driver.status,
            position: driver.position.map(|position| PositionView {
                lat: position.point.lat(),
                lng: position.point.lng(),
                heading: position.heading,
                at: position.at,
                heard_at: position.heard_at,
            }),
            order_id: driver.order_id.map(Into::into),
            assignable: unassignable.is_none(),
            unassignable_reason: unassignable,
        }
    }
}
