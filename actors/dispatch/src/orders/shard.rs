//! The `OrderShard` actor: owns the aggregates of its ids.
//!
//! Receives [`Job`]s from the [`Orders`](super::Orders) router and forwards each to its aggregate, which it starts on the
//! first one. An aggregate that is idle, or the least recently used when the shard is full, is passivated. Nothing is
//! lost between a passivation and a new job, because only the shard holds an aggregate's address, only the shard stops
//! it (behind everything forwarded), and from then on jobs for that id wait here until the old instance is gone. When
//! the shard dies its jobs' askers learn that the outcome is unknown; deliveries come again, callers ask again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use actix::prelude::*;
use tropa_supervision::{Context, Ref};

use super::JOBS_PER_SHARD;
use super::aggregate::{Farewell, Job, OrderAggregate, Passivate};
use super::desk::Desk;
use crate::domain::OrderId;
use crate::kit::{Kit, draining};

/// An aggregate is gone. Sent by its drop guard.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Gone {
    pub id: OrderId,
    pub instance: u64,
}

struct Entry {
    address: Addr<OrderAggregate>,
    instance: u64,
    used: u64,
    /// Jobs that came while it was leaving.
    leaving: Option<Vec<Job>>,
}

/// Order aggregates by id.
pub struct OrderShard {
    desk: Arc<Desk>,
    live: HashMap<OrderId, Entry>,
    /// Uses in order; entries that were used again since are stale and skipped.
    recent: VecDeque<(OrderId, u64)>,
    /// Jobs for newcomers while the shard is full.
    parked: VecDeque<Job>,
    clock: u64,
    started: u64,
    swept: u64,
}

impl OrderShard {
    /// All of them.
    pub(crate) fn places(kit: &Kit, desk: &Arc<Desk>) -> Vec<Ref<Self>> {
        (0..kit.settings.shards.max(1)).map(|n| Self::place(kit, n, desk.clone())).collect()
    }

    fn place(kit: &Kit, n: usize, desk: Arc<Desk>) -> Ref<Self> {
        // The first of the pipeline's arbiters has its other actors, too.
        let policy = draining(JOBS_PER_SHARD).arbiter(kit.pipeline(n + 1));
        kit.place(format!("shard-{n}"), policy, move |_| Self::new(desk.clone()))
    }

    /// An empty shard.
    pub fn new(desk: Arc<Desk>) -> Self {
        Self {
            desk,
            live: HashMap::new(),
            recent: VecDeque::new(),
            parked: VecDeque::new(),
            clock: 0,
            started: 0,
            swept: 0,
        }
    }

    fn route(&mut self, job: Job, ctx: &mut Context<Self>) {
        self.clock += 1;
        let clock = self.clock;
        if let Some(entry) = self.live.get_mut(&job.id) {
            if let Some(waiting) = &mut entry.leaving {
                waiting.push(job);
            } else {
                entry.used = clock;
                self.recent.push_back((job.id.clone(), clock));
                forward(&entry.address, job);
            }
        } else if self.live.len() < self.desk.settings.aggregates_per_shard {
            self.start(job.id.clone(), vec![job], ctx);
        } else {
            self.parked.push_back(job);
            self.evict();
        }
        self.compact();
    }

    fn start(&mut self, id: OrderId, jobs: Vec<Job>, ctx: &mut Context<Self>) {
        self.started += 1;
        // Unique across incarnations of this shard: a farewell of an older one must not remove a newer aggregate.
        let instance = (ctx.epoch() << 40) | self.started;
        let farewell = Farewell { id: id.clone(), instance, shard: ctx.me(), desk: self.desk.clone() };
        let address = OrderAggregate::new(self.desk.clone(), farewell).start();
        for job in jobs {
            forward(&address, job);
        }
        self.recent.push_back((id.clone(), self.clock));
        self.live.insert(id, Entry { address, instance, used: self.clock, leaving: None });
    }

    /// Sends the least recently used aggregate away.
    fn evict(&mut self) {
        while let Some((id, used)) = self.recent.pop_front() {
            if let Some(entry) = self.live.get_mut(&id)
                && entry.used == used
                && entry.leaving.is_none()
            {
                passivate(entry);
                return;
            }
        }
    }

    /// Sends away whatever was not used since the last sweep.
    fn sweep(&mut self) {
        for entry in self.live.values_mut().filter(|e| e.used <= self.swept && e.leaving.is_none()) {
            passivate(entry);
        }
        self.swept = self.clock;
    }

    /// Drops stale uses before they outnumber the aggregates.
    fn compact(&mut self) {
        if self.recent.len() > 4 * self.live.len() + 64 {
            let live = &self.live;
            self.recent.retain(|(id, used)| live.get(id).is_some_and(|e| e.used == *used));
        }
    }
}

fn forward(address: &Addr<OrderAggregate>, job: Job) {
    #[allow(
        clippy::disallowed_methods,
        reason = "the job's permit bounds what an aggregate can have queued"
    )]
    address.do_send(job);
}

fn passivate(entry: &mut Entry) {
    entry.leaving = Some(Vec::new());
    #[allow(clippy::disallowed_methods, reason = "one message per aggregate, behind everything forwarded")]
    entry.address.do_send(Passivate);
}

impl Actor for OrderShard {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(self.desk.settings.aggregate_idle, |shard, _| shard.sweep());
    }
}

impl Handler<Job> for OrderShard {
    type Result = ();

    fn handle(&mut self, job: Job, ctx: &mut Context<Self>) {
        self.route(job, ctx);
    }
}

impl Handler<Gone> for OrderShard {
    type Result = ();

    fn handle(&mut self, gone: Gone, ctx: &mut Context<Self>) {
        if self.live.get(&gone.id).is_none_or(|entry| entry.instance != gone.instance) {
            return;
        }
        let waiting = self.live.remove(&gone.id).and_then(|entry| entry.leaving).unwrap_or_default();
        if !waiting.is_empty() {
            self.start(gone.id, waiting, ctx);
        }
        while self.live.len() < self.desk.settings.aggregates_per_shard {
            let Some(job) = self.parked.pop_front() else { return };
            self.route(job, ctx);
        }
        if !self.parked.is_empty() {
            self.evict();
        }
    }
}
