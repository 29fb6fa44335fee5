//! Orders whose driver falls silent, or is heard of again: to the order itself nothing happens, so no step tells of it.

use std::collections::HashMap;

use time::OffsetDateTime;
use tokio::time::{Duration, Instant};
use tropa_dispatch::{
    domain::{Order, OrderId, Status},
    port::{OrderQuery, PageStart},
    reader::{GetOrders, ListOrders},
};

use super::payload::OrderStepped;
use crate::http::{
    edge::Edge,
    orders::{silence::Silence, view::OrderView},
    problem::Answer,
};

/// How often it is asked who is silent; drivers are for a minute before they count as that.
const EVERY: Duration = Duration::from_secs(5);
/// Orders that are looked at, the newest first.
const MOST: u32 = 100;

/// What a stream has told of silent drivers.
#[derive(Default)]
pub(super) struct Silent {
    told: HashMap<OrderId, OffsetDateTime>,
    looked: Option<Instant>,
}

impl Silent {
    /// What was told of an order with something else.
    pub fn told(&mut self, order: &Order, since: Option<OffsetDateTime>) {
        match since {
            Some(since) => self.told.insert(order.id.clone(), since),
            None => self.told.remove(&order.id),
        };
    }

    /// What is to be told, if it is time to look. A store that does not answer has nothing to tell.
    pub async fn news(&mut self, edge: &Edge) -> Vec<OrderStepped> {
        if self.looked.is_some_and(|looked| looked.elapsed() < EVERY) {
            return Vec::new();
        }
        self.looked = Some(Instant::now());
        self.look(edge).await.unwrap_or_default()
    }

    async fn look(&mut self, edge: &Edge) -> Answer<Vec<OrderStepped>> {
        let driver_silent = Some(edge.handles.settings.driver_max_age);
        let query =
            OrderQuery { limit: MOST, start: PageStart::Newest, driver_silent, ..OrderQuery::default() };
        let mut orders = edge.ask(&edge.handles.reader, ListOrders(query)).await??.orders;
        let listed = |id: &OrderId| orders.iter().any(|order| order.id == *id);
        let rest: Vec<OrderId> =
            self.told.keys().filter(|id| !listed(id)).take(MOST as usize).cloned().collect();
        if !rest.is_empty() {
            let found = edge.ask(&edge.handles.reader, GetOrders(rest.clone())).await??;
            for (id, order) in rest.iter().zip(found) {
                match order {
                    Some(order) if order.status == Status::Dispatched => orders.push(order),
                    // That it is over was a step of its own.
                    _ => drop(self.told.remove(id)),
                }
            }
        }
        let silence = Silence::ask(edge, &orders).await?;
        Ok(orders.into_iter().filter_map(|order| self.compare(order, &silence)).collect())
    }

    fn compare(&mut self, order: Order, silence: &Silence) -> Option<OrderStepped> {
        let (before, since) = (self.told.get(&order.id).copied(), silence.since(&order));
        if before == since {
            return None;
        }
        self.told(&order, since);
        let event = if since.is_some() { "driver_silent" } else { "driver_heard" };
        Some(OrderStepped { event, order: OrderView::from(order).silent_since(since) })
    }
}
