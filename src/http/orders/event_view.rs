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
        let driver = event.kind.driver();
        let driver = driver.map(|(id, name)| DriverRef { id: id.to_string(), name: name.map(str::to_owned) });
        let (event_name, status) = (EventName::from(&event.kind), event.kind.status());
        let (distance_m, reason) = match event.kind {
            EventKind::Dispatched { distance_m, .. } => (Some(distance_m), None),
            EventKind::ManualDispatch { reason } => (None, Some(reason.as_str().to_owned())),
            EventKind::Cancelled { reason, .. } => (None, reason),
            _ => (None, None),
        };
        Self {
            event_id: event.event_id.0,
            version: event.version,
            event: event_name,
            status,
            at: event.at,
            cause: event.cause,
            attempt: event.attempt,
            driver,
            distance_m,
            reason,
            trace_id: event.trace.map(|t| t.trace_id().to_owned()),
        }
    }
}
