//! Orders: the newest, then each step.

use std::{collections::HashMap, mem, sync::Arc};

use async_trait::async_trait;
use serde::Serialize;
use tokio::sync::broadcast::{self, error::TryRecvError};
use tropa_dispatch::{
    domain::OrderId,
    feed::Step,
    port::{OrderQuery, PageStart},
    reader::ListOrders,
};

use super::silent::Silent;
use crate::http::{
    edge::Edge,
    orders::{silence::Silence, view::OrderView},
    problem::Answer,
    stream::{
        event::{Events, Id},
        picture::Picture,
    },
};

/// Orders in a snapshot.
const SNAPSHOT: u32 = 50;
/// Steps told one by one; of more, the newest of each order.
const EACH: usize = 100;

/// A `snapshot` event: the newest orders.
#[derive(Serialize)]
struct Snapshot {
    topic: &'static str,
    orders: Vec<OrderView>,
}

/// An `order` event: a step of an order, or word of its driver.
#[derive(Serialize)]
pub struct OrderStepped {
    /// `created`, `dispatched`, …; `driver_silent` and `driver_heard`, which are none.
    pub event: &'static str,
    /// The order after it.
    pub order: OrderView,
}

/// The orders' steps.
pub struct Orders {
    boot: u64,
    sequence: u64,
    steps: broadcast::Receiver<Arc<Step>>,
    gathered: Vec<Arc<Step>>,
    /// Steps were lost that nobody was told of.
    lost: bool,
    silent: Silent,
}

impl Orders {
    /// From now on.
    pub fn new(edge: &Edge) -> Self {
        let (sequence, steps) = edge.handles.feed.listen();
        Self {
            boot: edge.boot,
            sequence,
            steps,
            gathered: Vec::new(),
            lost: false,
            silent: Silent::default(),
        }
    }

    /// Hears what has happened.
    fn gather(&mut self, edge: &Edge) {
        loop {
            match self.steps.try_recv() {
                Ok(step) => self.gathered.push(step),
                // The feed lives as long as the process.
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
                Err(TryRecvError::Lagged(_)) => {
                    self.gathered.clear();
                    (self.sequence, self.steps) = edge.handles.feed.listen();
                    self.lost = true;
                    return;
                }
            }
        }
    }
}

#[async_trait(?Send)]
impl Picture for Orders {
    async fn look(&mut self, edge: &Edge, news: &mut Events) -> Answer<()> {
        self.gather(edge);
        if self.lost {
            // Whoever was told of the steps before begins again from here.
            self.whole(edge, news).await?;
            self.lost = false;
        }
        let steps = newest(mem::take(&mut self.gathered));
        self.sequence = steps.last().map_or(self.sequence, |step| step.sequence);
        let silence = tell(edge, &steps, news).await;
        for step in &steps {
            self.silent.told(&step.order, silence.since(&step.order));
        }
        for word in self.silent.news(edge).await {
            news.push("order", None, &word);
        }
        Ok(())
    }

    async fn whole(&mut self, edge: &Edge, events: &mut Events) -> Answer<()> {
        let query = OrderQuery { limit: SNAPSHOT, start: PageStart::Newest, ..OrderQuery::default() };
        let page = edge.ask(&edge.handles.reader, ListOrders(query)).await??;
        let silence = Silence::of(edge, &page.orders).await;
        page.orders.iter().for_each(|order| self.silent.told(order, silence.since(order)));
        let orders = page.orders.into_iter().map(|order| silence.view(order)).collect();
        let id = Id { boot: self.boot, sequence: self.sequence };
        events.push("snapshot", Some(&id), &Snapshot { topic: "orders", orders });
        Ok(())
    }

    fn standing(&self, events: &mut Events) {
        self.silent.standing().for_each(|word| events.push("order", None, &word));
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }
}

/// Of many steps the newest of each order: nobody reads the others.
fn newest(steps: Vec<Arc<Step>>) -> Vec<Arc<Step>> {
    if steps.len() <= EACH {
        return steps;
    }
    let of_order = |step: &Arc<Step>| (step.order.id.clone(), step.sequence);
    let last: HashMap<OrderId, u64> = steps.iter().map(of_order).collect();
    steps.into_iter().filter(|step| last.get(&step.order.id) == Some(&step.sequence)).collect()
}

/// Tells steps, with what is known about the drivers by now: who has had the order for less than that is not silent.
pub async fn tell(edge: &Edge, steps: &[Arc<Step>], events: &mut Events) -> Silence {
    let since = edge.handles.clock.now() - edge.handles.settings.driver_max_age;
    let old = steps.iter().map(|step| &step.order).filter(|order| order.updated_at <= since);
    let silence = Silence::ask(edge, old).await.unwrap_or_default();
    for step in steps {
        let id = Id { boot: edge.boot, sequence: step.sequence };
        let stepped = OrderStepped { event: step.event.as_str(), order: silence.view(step.order.clone()) };
        events.push("order", Some(&id), &stepped);
    }
    silence
}
