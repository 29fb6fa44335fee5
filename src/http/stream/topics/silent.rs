//! Orders whose driver falls silent, or is heard of again: to the order itself nothing happens, so no step tells of it.
//! Somebody has to ask.

use std::collections::{HashMap, HashSet};

use time::OffsetDateTime;
use tokio::time::{Duration, Instant};
use tropa_dispatch::{
    domain::{Order, OrderId, Status},
    port::{OrderQuery, PageStart},
    reader::{GetOrders, ListOrders},
};

use super::orders::OrderStepped;
use crate::http::{
    edge::Edge,
    orders::{silence::Silence, view::OrderView},
    problem::Answer,
};

/// How often it is asked who is silent; drivers are for a minute before they count as that.
const EVERY: Duration = Duration::from_secs(5);
/// Orders that are looked at, the newest first; and so many of those that were told and are not among them.
const MOST: u32 = 100;

/// Orders, and since when the driver of each is silent.
type Seen = Vec<(Order, Option<OffsetDateTime>)>;

/// What was told of silent drivers.
#[derive(Default)]
pub struct Silent {
    /// How that ends is told, too.
    told: HashMap<OrderId, OffsetDateTime>,
    /// Those that are, with the orders as they were seen.
    standing: Vec<(Order, OffsetDateTime)>,
    asked: Option<Instant>,
}

impl Silent {
    /// What was told of an order with something else.
    pub fn told(&mut self, order: &Order, since: Option<OffsetDateTime>) {
        self.note(order, since);
    }

    /// What is to be told, if it is time to ask. A store that does not answer has nothing to tell.
    pub async fn news(&mut self, edge: &Edge) -> Vec<OrderStepped> {
        if self.asked.is_some_and(|asked| asked.elapsed() < EVERY) {
            return Vec::new();
        }
        self.asked = Some(Instant::now());
        let seen = self.look(edge).await.unwrap_or_default();
        let silent = seen.iter().filter_map(|(order, since)| Some((order.clone(), (*since)?)));
        self.standing = silent.collect();
        seen.iter().filter_map(|(order, since)| self.compare(order, *since)).collect()
    }

    /// What is told to who comes back, and cannot know it.
    pub fn standing(&self) -> impl Iterator<Item = OrderStepped> {
        let still = self.standing.iter().filter(|(order, since)| self.told.get(&order.id) == Some(since));
        still.map(|(order, since)| word(order, Some(*since)))
    }

    async fn look(&self, edge: &Edge) -> Answer<Seen> {
        let driver_silent = Some(edge.handles.settings.driver_max_age);
        let query =
            OrderQuery { limit: MOST, start: PageStart::Newest, driver_silent, ..OrderQuery::default() };
        let mut orders = edge.ask(&edge.handles.reader, ListOrders(query)).await??.orders;
        let listed: HashSet<&OrderId> = orders.iter().map(|order| &order.id).collect();
        let rest = self.told.keys().filter(|id| !listed.contains(id)).take(MOST as usize);
        let rest: Vec<OrderId> = rest.cloned().collect();
        if !rest.is_empty() {
            let found = edge.ask(&edge.handles.reader, GetOrders(rest)).await??.into_iter().flatten();
            orders.extend(found);
        }
        let silence = Silence::ask(edge, &orders).await?;
        let since = |order: Order| {
            let since = silence.since(&order);
            (order, since)
        };
        Ok(orders.into_iter().map(since).collect())
    }

    fn compare(&mut self, order: &Order, since: Option<OffsetDateTime>) -> Option<OrderStepped> {
        let before = self.note(order, since);
        // That one is over was a step of its own.
        (before != since && order.status == Status::Dispatched).then(|| word(order, since))
    }

    /// Returns what was told before.
    fn note(&mut self, order: &Order, since: Option<OffsetDateTime>) -> Option<OffsetDateTime> {
        match since {
            Some(since) => self.told.insert(order.id.clone(), since),
            None => self.told.remove(&order.id),
        }
    }
}

fn word(order: &Order, since: Option<OffsetDateTime>) -> OrderStepped {
    let event = if since.is_some() { "driver_silent" } else { "driver_heard" };
    OrderStepped { event, order: OrderView::from(order.clone()).silent_since(since) }
}
