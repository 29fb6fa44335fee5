//! What the events carry. Typed, not `json!`: amounts would pass through a float there.

use serde::Serialize;
use tropa_supervision::LifecycleEvent;

use crate::http::{
    actors::view::ActorView, instances::view::InstanceView, orders::view::OrderView, overview::OverviewView,
};

/// A `snapshot` event: how a topic stands.
#[derive(Serialize)]
#[serde(tag = "topic", rename_all = "snake_case")]
pub enum Snapshot {
    /// The newest orders.
    Orders { orders: Vec<OrderView> },
    /// Every actor.
    Actors { actors: Vec<ActorView> },
    /// The whole at a glance.
    Overview { overview: OverviewView },
    /// Every instance.
    Instances { instances: Vec<InstanceView> },
}

/// An `order` event: a step of an order, or word of its driver.
#[derive(Serialize)]
pub struct OrderStepped {
    /// `created`, `dispatched`, …; `driver_silent` and `driver_heard`, which are none.
    pub event: &'static str,
    /// The order after it.
    pub order: OrderView,
}

/// An `actor` event: an actor that changed.
#[derive(Serialize)]
pub struct ActorChanged {
    /// What happened to it; `null` when only its numbers moved.
    pub event: Option<LifecycleEvent>,
    /// The actor now.
    pub actor: ActorView,
}
