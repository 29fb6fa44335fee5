//! Orders whose driver falls silent, or is heard of again: to the order itself nothing happens, so no step tells of it.
//!
//! Somebody has to ask. One asks for all streams of the process, whichever comes first; each stream then tells what differs from
//! what it has told.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

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
/// Orders that are looked at, the newest first; and so many of those that were told and are not among them.
const MOST: u32 = 100;

/// Orders, and since when the driver of each is silent.
type Seen = Vec<(Order, Option<OffsetDateTime>)>;

/// Who is silent, asked for once.
#[derive(Default)]
pub(in crate::http) struct Watcher {
    /// What some stream has told of: it wants to know how that ends.
    told: Mutex<HashSet<OrderId>>,
    last: tokio::sync::Mutex<Option<(Instant, Arc<Seen>)>>,
}

impl Watcher {
    /// What was seen last, or is by now: nobody asks while another does, or shortly afterwards. A store that does not answer has
    /// nothing to tell.
    async fn seen(&self, look: impl AsyncFnOnce() -> Answer<Seen>) -> Arc<Seen> {
        let mut last = self.last.lock().await;
        if let Some((at, seen)) = &*last
            && at.elapsed() < EVERY
        {
            return seen.clone();
        }
        let at = Instant::now();
        let seen = Arc::new(look().await.unwrap_or_default());
        *last = Some((at, seen.clone()));
        seen
    }

    async fn look(&self, edge: &Edge) -> Answer<Seen> {
        let driver_silent = Some(edge.handles.settings.driver_max_age);
        let query =
            OrderQuery { limit: MOST, start: PageStart::Newest, driver_silent, ..OrderQuery::default() };
        let mut orders = edge.ask(&edge.handles.reader, ListOrders(query)).await??.orders;
        let listed: HashSet<&OrderId> = orders.iter().map(|order| &order.id).collect();
        let unlisted = |told: &HashSet<OrderId>| {
            told.iter().filter(|id| !listed.contains(id)).take(MOST as usize).cloned().collect()
        };
        let rest: Vec<OrderId> = self.told(|told| unlisted(told));
        if !rest.is_empty() {
            let found = edge.ask(&edge.handles.reader, GetOrders(rest.clone())).await??.into_iter().flatten();
            // That one is over was a step of its own.
            orders.extend(found.filter(|order| order.status == Status::Dispatched));
        }
        let silence = Silence::ask(edge, &orders).await?;
        let since = |order: Order| {
            let since = silence.since(&order);
            (order, since)
        };
        let seen: Seen = orders.into_iter().map(since).collect();
        self.told(|told| {
            told.retain(|id| !rest.contains(id));
            told.extend(seen.iter().filter(|(_, since)| since.is_some()).map(|(order, _)| order.id.clone()));
        });
        Ok(seen)
    }

    fn told<T>(&self, change: impl FnOnce(&mut HashSet<OrderId>) -> T) -> T {
        change(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a stream has told of silent drivers.
#[derive(Default)]
pub(super) struct Silent {
    told: HashMap<OrderId, OffsetDateTime>,
    compared: Option<Arc<Seen>>,
}

impl Silent {
    /// What was told of an order with something else.
    pub fn told(&mut self, edge: &Edge, order: &Order, since: Option<OffsetDateTime>) {
        match since {
            Some(since) => {
                self.told.insert(order.id.clone(), since);
                edge.silent.told(|told| told.insert(order.id.clone()));
            }
            None => drop(self.told.remove(&order.id)),
        }
    }

    /// What is to be told, if somebody has looked since.
    pub async fn news(&mut self, edge: &Edge) -> Vec<OrderStepped> {
        let seen = edge.silent.seen(async || edge.silent.look(edge).await).await;
        if self.compared.as_ref().is_some_and(|compared| Arc::ptr_eq(compared, &seen)) {
            return Vec::new();
        }
        let news = seen.iter().filter_map(|(order, since)| self.compare(order, *since)).collect();
        self.compared = Some(seen);
        news
    }

    fn compare(&mut self, order: &Order, since: Option<OffsetDateTime>) -> Option<OrderStepped> {
        let before = match since {
            Some(since) => self.told.insert(order.id.clone(), since),
            None => self.told.remove(&order.id),
        };
        if before == since {
            return None;
        }
        let event = if since.is_some() { "driver_silent" } else { "driver_heard" };
        Some(OrderStepped { event, order: OrderView::from(order.clone()).silent_since(since) })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::join_all;
    use tokio::time::{advance, pause};

    use super::*;

    #[actix_web::test]
    async fn one_asks_for_all_and_not_too_often() {
        pause();
        let (watcher, asked) = (Watcher::default(), Cell::new(0));
        let seen = || {
            watcher.seen(async || {
                asked.set(asked.get() + 1);
                tokio::task::yield_now().await;
                Ok(Seen::new())
            })
        };
        let all = join_all((0..20).map(|_| seen())).await;
        assert_eq!(asked.get(), 1, "whoever comes while it is asked waits for the answer");
        assert!(all.iter().all(|one| Arc::ptr_eq(one, &all[0])));
        advance(EVERY.saturating_sub(Duration::from_millis(1))).await;
        assert!(Arc::ptr_eq(&seen().await, &all[0]));
        advance(Duration::from_millis(1)).await;
        assert!(!Arc::ptr_eq(&seen().await, &all[0]));
        assert_eq!(asked.get(), 2);
    }
}
