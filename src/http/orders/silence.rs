//! Orders as callers see them, and since when the driver of one is not heard of any more.

use std::collections::HashMap;

use time::OffsetDateTime;
use tropa_dispatch::{
    domain::{Order, OrderId, Status},
    reader::ReadSilence,
};

use super::view::OrderView;
use crate::http::edge::Edge;

/// Which orders have a driver who is silent, and since when.
pub(in crate::http) struct Silence(HashMap<OrderId, OffsetDateTime>);

impl Silence {
    /// Asks about these orders. When nobody knows, nobody is silent: the orders are what was asked for.
    pub async fn of(edge: &Edge, orders: &[Order]) -> Self {
        let dispatched = orders.iter().filter(|order| order.status == Status::Dispatched);
        let dispatched: Vec<OrderId> = dispatched.map(|order| order.id.clone()).collect();
        if dispatched.is_empty() {
            return Self(HashMap::new());
        }
        match edge.ask(&edge.handles.reader, ReadSilence(dispatched)).await {
            Ok(Ok(silent)) => Self(silent.into_iter().collect()),
            _ => Self(HashMap::new()),
        }
    }

    /// Since when nobody has heard of the order's driver.
    pub fn since(&self, order: &Order) -> Option<OffsetDateTime> {
        self.0.get(&order.id).copied()
    }
}

/// The orders, with what is known about their drivers.
pub(in crate::http) async fn views(edge: &Edge, orders: Vec<Order>) -> Vec<OrderView> {
    let silence = Silence::of(edge, &orders).await;
    let view = |order: Order| {
        let since = silence.since(&order);
        OrderView::from(order).silent_since(since)
    };
    orders.into_iter().map(view).collect()
}
