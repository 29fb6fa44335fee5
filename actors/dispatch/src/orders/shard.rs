//! The order shards: each keeps the aggregates of its ids.
//!
//! Receives [`Job`](super::aggregate::Job)s from the [`Orders`](super::Orders) router. How aggregates come and go is the
//! supervision's. When a shard dies its aggregates go with it, and their askers learn that the outcome is unknown: deliveries
//! come again, callers ask again.

use std::sync::Arc;

use tropa_supervision::{DynamicPolicy, DynamicSupervisor, Policy, Ref};

use super::JOBS_PER_SHARD;
use super::aggregate::OrderAggregate;
use super::desk::Desk;
use crate::kit::{Kit, draining};

/// Order aggregates by id.
pub type OrderShard = DynamicSupervisor<OrderAggregate>;

/// A shard whose aggregates work at this desk.
pub fn shard(name: impl Into<String>, policy: Policy, desk: Arc<Desk>) -> Ref<OrderShard> {
    let settings = &desk.settings;
    // An aggregate's longest job, eight rounds of search and commit with a service that answers late, takes a minute.
    let aggregates = DynamicPolicy::new(settings.aggregates_per_shard).idle(settings.aggregate_idle);
    Ref::dynamic(name, policy, aggregates, move |_| OrderAggregate::new(desk.clone()))
}

pub(crate) fn places(kit: &Kit, desk: &Arc<Desk>) -> Vec<Ref<OrderShard>> {
    // Beside the consumers, as long as there are arbiters enough.
    let policy = |n| draining(JOBS_PER_SHARD).arbiter(kit.pipeline(kit.settings.consumers + n));
    let shards = 0..kit.settings.shards.max(1);
    shards.map(|n| shard(format!("shard-{n}"), policy(n), desk.clone())).collect()
}
