//! What the messages of each topic say: [`DispatchJob`] for `DispatchRequested`, [`EventPayload`] for all others.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Cause, Envelope, EventId, Order, OrderEvent, Topic, TraceParent};

/// The payload of every topic but [`Topic::DispatchRequested`]: what happened, and the order after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventPayload {
    /// What happened.
    pub event: OrderEvent,
    /// The order after it.
    pub order: Order,
}

impl EventPayload {
    /// The message that announces this event.
    pub fn envelope(&self) -> Result<Envelope, serde_json::Error> {
        Ok(Envelope {
            event_id: self.event.event_id,
            topic: self.event.kind.topic(),
            order_id: self.order.id.clone(),
            version: self.event.version,
            payload: serde_json::to_string(self)?,
            trace: self.event.trace.clone(),
            created_at: self.event.at,
        })
    }
}

/// The payload of [`Topic::DispatchRequested`]: find a driver for this order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DispatchJob {
    /// The order as it was when the job was written. A hint: the guarded update is what counts.
    pub order: Order,
    /// From when the deadlines run.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// Tries that failed so far.
    pub failures: u32,
    /// Times it waited so far, for a driver or for the fleet service.
    pub waits: u32,
    /// Since when the fleet service does not answer for this order; `None` while it does.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub fleet_down_since: Option<OffsetDateTime>,
    /// First try, or again.
    pub cause: Cause,
}

impl DispatchJob {
    /// The first try of a new order.
    pub fn first(order: Order) -> Self {
        let since = order.created_at;
        Self { order, since, failures: 0, waits: 0, fleet_down_since: None, cause: Cause::Dispatcher }
    }

    /// Another first try, for an order whose message was lost; its deadlines begin anew.
    pub fn rescue(order: Order, now: OffsetDateTime) -> Self {
        Self { since: now, ..Self::first(order) }
    }

    /// A new round, also for an order that waits for a person.
    pub fn again(order: Order, now: OffsetDateTime) -> Self {
        Self { order, since: now, failures: 0, waits: 0, fleet_down_since: None, cause: Cause::Redispatch }
    }

    /// The same, its times as `clock` reads them now: what wrote them may have gone by another clock.
    #[must_use]
    pub fn translated(self, clock: impl Fn(OffsetDateTime) -> OffsetDateTime) -> Self {
        Self { since: clock(self.since), fleet_down_since: self.fleet_down_since.map(clock), ..self }
    }

    /// The message that asks for it, under a fresh event id.
    pub fn envelope(
        &self,
        trace: Option<TraceParent>,
        now: OffsetDateTime,
    ) -> Result<Envelope, serde_json::Error> {
        Ok(Envelope {
            event_id: EventId::fresh(),
            topic: Topic::DispatchRequested,
            order_id: self.order.id.clone(),
            version: self.order.version,
            payload: serde_json::to_string(self)?,
            trace,
            created_at: now,
        })
    }
}
