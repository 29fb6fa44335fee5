//! How the actors are set up. Durations are durations here; the edges have units in their names.

use std::time::Duration;

use crate::{domain::GeoPoint, roles::Roles};

/// Settings of the dispatch pipeline, with the defaults of the product.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What this process runs of the pipeline.
    pub roles: Roles,
    /// Where an order without `pickup` is fetched.
    pub default_pickup: GeoPoint,
    /// Search radii in metres, one after the other.
    pub search_radii_m: Vec<f64>,
    /// Without a driver for this long: `MANUAL_DISPATCH`, reason `no_driver`.
    pub dispatch_deadline: Duration,
    /// Without an answer of the fleet service for this long: `MANUAL_DISPATCH`, reason `fleet_unavailable`.
    pub fallback_after: Duration,
    /// Send orders back through dispatch that waited for the fleet service, when it is back.
    pub auto_redispatch: bool,
    /// A pending order whose message the broker has lost goes through dispatch again this long after it came in, and not before
    /// its `dispatch_deadline`.
    pub rescue_after: Duration,
    /// Tries of one job before it is a dead letter.
    pub max_attempts: u32,
    /// First back-off of a failed try; doubles up to `retry_max`, full jitter.
    pub retry_initial: Duration,
    /// Largest back-off.
    pub retry_max: Duration,
    /// An order that waits for a driver asks again after this, at first; see `orders::decision`.
    pub ask_again: Duration,
    /// The fleet call's deadline.
    pub fleet_deadline: Duration,
    /// A claim lasts this long unless the assignment is committed.
    pub claim_lease: Duration,
    /// A driver silent for longer is not given orders.
    pub driver_max_age: Duration,
    /// Lease on an event while it is worked on.
    pub event_lease: Duration,
    /// Lease on an outbox row while it is published.
    pub outbox_lease: Duration,
    /// Unpublished, due rows above which intake answers 503.
    pub backlog_limit: u64,
    /// Orders in one transaction, at most.
    pub max_batch: usize,
    /// Gather what waits into one transaction. Off only to measure what it brings.
    pub group_commit: bool,
    /// Consumers in the pool.
    pub consumers: usize,
    /// Unsettled deliveries a consumer may hold.
    pub prefetch: u16,
    /// Order shards.
    pub shards: usize,
    /// Aggregates a shard keeps before it passivates the least recently used.
    pub aggregates_per_shard: usize,
    /// An aggregate unused for this long is passivated.
    pub aggregate_idle: Duration,
    /// Rows a relay holds at once.
    pub relay_window: u32,
    /// How often the relay looks without being woken.
    pub relay_poll: Duration,
    /// Published outbox rows are kept this long.
    pub outbox_retention: Duration,
    /// Inbox rows are kept this long.
    pub inbox_retention: Duration,
    /// Idempotency keys are kept this long.
    pub key_retention: Duration,
    /// The breaker.
    pub breaker: BreakerSettings,
    /// A loop that stays in one step for longer is hung: more than any adapter waits for an answer.
    pub step_limit: Duration,
    /// Create two example drivers on a first run, and keep them fresh.
    pub example_drivers: bool,
}

/// Settings of the breaker around the fleet service.
#[derive(Clone, Debug)]
pub struct BreakerSettings {
    /// Calls of this long count.
    pub window: Duration,
    /// Fewer calls than this never open it.
    pub min_calls: u32,
    /// Opens at this share of failed or slow calls, 0 to 1.
    pub failure_rate: f64,
    /// A call that takes longer is slow.
    pub slow_after: Duration,
    /// How long it stays open.
    pub open_for: Duration,
    /// Probes while half open.
    pub probes: u32,
    /// Calls in flight, at most.
    pub max_in_flight: u32,
}

impl Settings {
    /// Units of work in one transaction, at most.
    pub fn commits_at_once(&self) -> usize {
        if self.group_commit { self.max_batch } else { 1 }
    }

    /// The longest an order that waits for a driver goes without asking.
    pub fn longest_ask(&self) -> Duration {
        self.ask_again.max(Duration::from_mins(2))
    }

    /// No message waits longer for its next try, and no claim of one lasts longer: back-offs, the relay's own and leases, with
    /// some room.
    pub fn longest_wait(&self) -> Duration {
        let longest = [self.retry_max, self.outbox_lease, self.longest_ask(), Duration::from_secs(30)];
        longest.into_iter().max().unwrap_or_default() + Duration::from_mins(1)
    }
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(10),
            min_calls: 10,
            failure_rate: 0.6,
            slow_after: Duration::from_secs(1),
            open_for: Duration::from_secs(30),
            probes: 3,
            max_in_flight: 1024,
        }
    }
}

/// Latitude and longitude of São Paulo's centre, in degrees.
const SAO_PAULO: (f64, f64) = (-23.5505, -46.6333);

impl Default for Settings {
    fn default() -> Self {
        #[allow(clippy::expect_used, reason = "a constant on the earth")]
        let default_pickup = GeoPoint::new(SAO_PAULO.0, SAO_PAULO.1).expect("on the earth");
        Self {
            roles: Roles::default(),
            default_pickup,
            search_radii_m: vec![5_000.0, 10_000.0, 20_000.0],
            dispatch_deadline: Duration::from_mins(2),
            fallback_after: Duration::from_secs(5),
            auto_redispatch: true,
            rescue_after: Duration::from_mins(5),
            max_attempts: 5,
            retry_initial: Duration::from_secs(1),
            retry_max: Duration::from_secs(16),
            ask_again: Duration::from_mins(1),
            fleet_deadline: Duration::from_secs(2),
            claim_lease: Duration::from_secs(30),
            driver_max_age: Duration::from_mins(1),
            event_lease: Duration::from_secs(10),
            outbox_lease: Duration::from_secs(30),
            backlog_limit: 1_000_000,
            max_batch: 1_000,
            group_commit: true,
            consumers: 4,
            prefetch: 128,
            shards: 2,
            aggregates_per_shard: 5_000,
            aggregate_idle: Duration::from_secs(30),
            relay_window: 2_000,
            relay_poll: Duration::from_millis(250),
            outbox_retention: Duration::from_hours(1),
            inbox_retention: Duration::from_hours(24),
            key_retention: Duration::from_hours(7 * 24),
            breaker: BreakerSettings::default(),
            step_limit: Duration::from_secs(30),
            example_drivers: false,
        }
    }
}
