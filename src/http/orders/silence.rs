//! Orders as callers see them, and since when the driver of one is not heard of any more.

use std::collections::HashMap;

use time::OffsetDateTime;
use tropa_dispatch::{
    domain::{Order, OrderId, Status},
    reader::ReadSilence,
};

use super::view::OrderView;
use crate::http::{edge::Edge, problem::Answer};

/// Which orders have a driver who is silent, and since when.
#[derive(Default)]
pub(in crate::http) struct Silence(HashMap<OrderId, OffsetDateTime>);

impl Silence {
    /// Asks about these orders. When nobody knows, nobody is silent: the orders are what was asked for.
    pub async fn of(edge: &Edge, orders: &[Order]) -> Self {
        Self::ask(edge, orders).await.unwrap_or_default()
    }

    /// The same, where it matters whether somebody knows.
    pub async fn ask<'a>(edge: &Edge, orders: impl IntoIterator<Item = &'a Order>) -> Answer<Self> {
        let dispatched = orders.into_iter().filter(|order| order.status == Status::Dispatched);
        let dispatched: Vec<OrderId> = dispatched.map(|order| order.id.clone()).collect();
        if dispatched.is_empty() {
            return Ok(Self::default());
        }
        let silent = edge.ask(&edge.handles.reader, ReadSilence(dispatched)).await??;
        Ok(Self(silent.into_iter().collect()))
    }

    /// Since when nobody has heard of the order's driver.
    pub fn since(&self, order: &Order) -> Option<OffsetDateTime> {
        self.0.get(&order.id).copied()
    }

    /// The order, with that.
    pub fn view(&self, order: Order) -> OrderView {
        let since = self.since(&order);
        OrderView::from(order).silent_since(since)
    }
}

/// The orders, with what is known about their drivers.
pub(in crate::http) async fn views(edge: &Edge, orders: Vec<Order>) -> Vec<OrderView> {
    let silence = Silence::of(edge, &orders).await;
    orders.into_iter().map(|order| silence.view(order)).collect()
}
