//! How much is worked on at once.

use tropa_dispatch::settings::Settings;

use crate::config::{
    form::{seconds, switch, whole},
    sources::{Sources, setting},
};

pub(super) fn read(from: &mut Sources, s: &mut Settings) {
    let event_lease = setting(
        "pipeline.event_lease_seconds",
        "TROPA_EVENT_LEASE_SECONDS",
        "lease on an event while it is worked on",
    );
    let outbox_lease = setting(
        "outbox.lease_seconds",
        "TROPA_OUTBOX_LEASE_SECONDS",
        "lease on an outbox row while it is published",
    );
    let backlog = setting(
        "outbox.backlog_limit",
        "TROPA_OUTBOX_BACKLOG_LIMIT",
        "unpublished rows above which new orders get a 503",
    );
    let window = setting("outbox.relay_window", "TROPA_RELAY_WINDOW", "rows a relay holds at once");
    let poll = setting(
        "outbox.relay_poll_seconds",
        "TROPA_RELAY_POLL_SECONDS",
        "how often the relay looks without being woken",
    );
    let batch = setting("store.max_batch", "TROPA_MAX_BATCH", "orders in one transaction, at most");
    let group = setting(
        "store.group_commit",
        "TROPA_GROUP_COMMIT",
        "gather what waits into one transaction; off only to measure what that brings",
    );
    let consumers = setting("pipeline.consumers", "TROPA_CONSUMERS", "consumers in the pool");
    let prefetch = setting("pipeline.prefetch", "TROPA_PREFETCH", "unsettled deliveries a consumer may hold");
    let shards = setting("pipeline.shards", "TROPA_SHARDS", "order shards");
    let aggregates = setting(
        "pipeline.aggregates_per_shard",
        "TROPA_AGGREGATES_PER_SHARD",
        "orders a shard keeps at hand",
    );
    let idle = setting(
        "pipeline.aggregate_idle_seconds",
        "TROPA_AGGREGATE_IDLE_SECONDS",
        "an order unused for this long is put away",
    );
    s.event_lease = from.get(event_lease, seconds(1.0..=3_600.0), s.event_lease);
    s.outbox_lease = from.get(outbox_lease, seconds(1.0..=3_600.0), s.outbox_lease);
    s.backlog_limit = from.get(backlog, whole(1..=1_000_000_000), s.backlog_limit);
    s.relay_window = from.get(window, whole(1..=10_000), s.relay_window);
    s.relay_poll = from.get(poll, seconds(0.001..=60.0), s.relay_poll);
    s.max_batch = from.get(batch, whole(1..=10_000), s.max_batch);
    s.group_commit = from.get(group, switch(), s.group_commit);
    s.consumers = from.get(consumers, whole(1..=256), s.consumers);
    s.prefetch = from.get(prefetch, whole(1..=10_000), s.prefetch);
    s.shards = from.get(shards, whole(1..=256), s.shards);
    s.aggregates_per_shard = from.get(aggregates, whole(1..=10_000_000), s.aggregates_per_shard);
    s.aggregate_idle = from.get(idle, seconds(0.01..=86_400.0), s.aggregate_idle);
}
