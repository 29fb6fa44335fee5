//! How an order's timeline is shown.

use serde::Serialize;
use time::OffsetDateTime;
use tropa_dispatch::domain::{EventKind, EventName, OrderEvent, Status};
use utoipa::ToSchema;

use super::view::DriverRef;

/// One step of an order's life.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderEvent)]
pub(in crate::http) struct EventView {
    /// Its id; the message that announces it carries the same.
    event_id: uuid::Uuid,
    /// The order's version after it.
    #[schema(minimum = 1)]
    version: u64,
    /// What happened.
    event: EventName,
    /// Where the order stood after it.
    status: Status,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: OffsetDateTime,
    /// By whom: `api`, `dispatcher`, `redispatch`.
    #[schema(value_type = String, example = "dispatcher")]
    cause: tropa_dispatch::domain::Cause,
    /// How many tries it took.
    attempt: u32,
    /// The driver it was about.
    driver: Option<DriverRef>,
    /// Metres from the driver to the pickup.
    distance_m: Option<f64>,
    /// Why: of `manual_dispatch` and `cancelled`.
    reason: Option<String>,
    /// The trace it belongs to.
    trace_id: Option<String>,
}

impl From<OrderEvent> for EventView {
    fn from(event: OrderEvent) -> Self {
        let (mut driver, mut distance, mut why) = (None, None, None);
        let (name, status) = (EventName::from(&event.kind), event.kind.status());
        match event.kind {
            EventKind::Created => {}
            EventKind::Dispatched { driver_id, driver_name, distance_m, .. } => {
                driver = Some(DriverRef { id: driver_id.into(), name: Some(driver_name) });
                distance = Some(distance_m);
            }
            EventKind::ManualDispatch { reason } => why = Some(reason.as_str().to_owned()),
            EventKind::Cancelled { reason, driver_id, .. } => {
                driver = driver_id.map(|id| DriverRef { id: id.into(), name: None });
                why = reason;
            }
            EventKind::Delivered { driver_id, .. } => {
                driver = Some(DriverRef { id: driver_id.into(), name: None });
            }
        }
        Self {
            event_id: event.event_id.0,
            version: event.version,
            event: name,
            status,
            at: event.at,
            cause: event.cause,
            attempt: event.attempt,
            driver,
            distance_m: distance,
            reason: why,
            trace_id: event.trace.map(|t| t.trace_id().to_owned()),
        }
    }
}
