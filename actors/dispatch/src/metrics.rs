//! Everything the pipeline counts. Prometheus naming, base units, no id as a label.
//!
//! The HTTP edge's and the actors' own metrics (mailboxes, restarts) are collected where they live.

use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use crate::domain::{Status, Topic, Unassignable};
use crate::intake::SubmitError;

/// The pipeline's metrics, registered once per process.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// The registry that holds them and everybody else's.
    pub registry: Registry,
    /// `tropa_orders_total{status}`: orders that reached a state.
    pub orders: IntCounterVec,
    /// `tropa_orders_refused_total{reason}`: orders that were not accepted.
    pub refused: IntCounterVec,
    /// `tropa_orders_rescued_total`: orders sent through dispatch again because the broker had lost their message.
    pub rescued: IntCounter,
    /// `tropa_order_dispatch_duration_seconds`: accepted to dispatched.
    pub dispatch_duration: Histogram,
    /// `tropa_outbox_pending`: unpublished rows.
    pub outbox_pending: IntGauge,
    /// `tropa_outbox_oldest_age_seconds`: age of the oldest row that is due.
    pub outbox_oldest_age: prometheus::Gauge,
    /// `tropa_outbox_rows{state}`: unpublished rows, due or postponed.
    pub outbox_rows: IntGaugeVec,
    /// `tropa_outbox_published_total{topic}`.
    pub outbox_published: IntCounterVec,
    /// `tropa_outbox_failed_total{topic,reason}`: publishes that the broker returned or did not confirm; they are tried again.
    pub outbox_failed: IntCounterVec,
    /// `tropa_relay_publish_duration_seconds`: publish to confirm.
    pub relay_publish_duration: Histogram,
    /// `tropa_consumer_pickup_duration_seconds`: a new order's event from its writing to a consumer, commit and broker between.
    pub pickup_duration: Histogram,
    /// `tropa_consumer_deliveries_total{outcome}`.
    pub deliveries: IntCounterVec,
    /// `tropa_consumer_in_flight`: deliveries being worked on.
    pub in_flight: IntGauge,
    /// `tropa_consumer_capacity`: deliveries that the pool may have in hand now.
    pub capacity: IntGauge,
    /// `tropa_consumer_delivery_duration_seconds{outcome}`: a delivery, taken to answered.
    pub delivery_duration: HistogramVec,
    /// `tropa_idempotency_total{outcome}`: what the guard answered.
    pub idempotency: IntCounterVec,
    /// `tropa_breaker_state{breaker,state}`: 1 for the state it is in.
    pub breaker_state: IntGaugeVec,
    /// `tropa_breaker_calls_total{outcome}`.
    pub breaker_calls: IntCounterVec,
    /// `tropa_fleet_search_duration_seconds`.
    pub fleet_search_duration: Histogram,
    /// `tropa_aggregates_active`: order aggregates in memory.
    pub aggregates: IntGauge,
    /// `tropa_journal_batch_size{writer}`: writes in one commit.
    pub batch_size: HistogramVec,
    /// `tropa_dead_letters`: parked.
    pub dead_letters: IntGauge,
    /// `tropa_instances{state}`: instances, as this one sees them.
    pub instances: IntGaugeVec,
    /// `tropa_clock_skew_seconds`: how far the machine's clock is ahead of the one that this process goes by.
    pub clock_skew: prometheus::Gauge,
    /// `tropa_clock_jumps_total{direction}`: jumps of the clock that this process goes by.
    pub clock_jumps: IntCounterVec,
    /// `tropa_retention_held_back_seconds`: for how much longer than their retention rows are kept, because the clock alone does
    /// not make them old.
    pub retention_held_back: prometheus::Gauge,
    /// `tropa_prune_rounds_total`: rounds in which everything was deleted that may go.
    pub prune_rounds: IntCounter,
    /// `tropa_orders_driver_silent`: dispatched orders whose driver is silent.
    pub orders_driver_silent: IntGauge,
    /// `tropa_positions_total{outcome}`: positions reported, by whether their driver can be given orders, and why not.
    pub positions: IntCounterVec,
    /// `tropa_position_fields_unusable_total{field}`: what was left out of reports because it made no sense.
    pub position_fields_unusable: IntCounterVec,
}

/// Upper bounds in seconds, for what should take milliseconds.
pub const LATENCY_BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 30.0];

/// Why a publish failed: no queue takes the topic, or nobody said that it arrived.
const FAILURES: [&str; 2] = ["returned", "unconfirmed"];

impl Metrics {
    /// Creates and registers them all. Fails when a name is taken: call it once per registry.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let latency = |name: &str, help: &str| {
            let opts = HistogramOpts::new(name, help).buckets(LATENCY_BUCKETS.to_vec());
            Histogram::with_opts(opts).and_then(|h| registry.register(Box::new(h.clone())).map(|()| h))
        };
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone())).map(|()| counter)
        };
        let gauge = |name: &str, help: &str| {
            IntGauge::new(name, help).and_then(|g| registry.register(Box::new(g.clone())).map(|()| g))
        };
        let outbox_oldest_age = prometheus::Gauge::new(
            "tropa_outbox_oldest_age_seconds",
            "Age of the oldest outbox row that is due",
        )?;
        registry.register(Box::new(outbox_oldest_age.clone()))?;
        let outbox_rows = IntGaugeVec::new(
            Opts::new("tropa_outbox_rows", "Unpublished outbox rows, due or postponed"),
            &["state"],
        )?;
        registry.register(Box::new(outbox_rows.clone()))?;
        let delivery_duration = HistogramVec::new(
            HistogramOpts::new("tropa_consumer_delivery_duration_seconds", "A delivery, taken to answered")
                .buckets(LATENCY_BUCKETS.to_vec()),
            &["outcome"],
        )?;
        registry.register(Box::new(delivery_duration.clone()))?;
        let rescued = IntCounter::new(
            "tropa_orders_rescued_total",
            "Orders dispatched again because the broker had lost their message",
        )?;
        registry.register(Box::new(rescued.clone()))?;
        let breaker_state = IntGaugeVec::new(
            Opts::new("tropa_breaker_state", "1 for the state the breaker is in"),
            &["breaker", "state"],
        )?;
        registry.register(Box::new(breaker_state.clone()))?;
        let instances = IntGaugeVec::new(
            Opts::new("tropa_instances", "Instances, this one included, as this one sees them"),
            &["state"],
        )?;
        registry.register(Box::new(instances.clone()))?;
        let seconds = |name: &str, help: &str| {
            let gauge = prometheus::Gauge::new(name, help)?;
            registry.register(Box::new(gauge.clone())).map(|()| gauge)
        };
        let prune_rounds = IntCounter::new(
            "tropa_prune_rounds_total",
            "Rounds in which everything was deleted that may be forgotten",
        )?;
        registry.register(Box::new(prune_rounds.clone()))?;
        let batch_size = HistogramVec::new(
            HistogramOpts::new("tropa_journal_batch_size", "Writes in one commit")
                .buckets(vec![1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]),
            &["writer"],
        )?;
        registry.register(Box::new(batch_size.clone()))?;
        let metrics = Self {
            orders: counter("tropa_orders_total", "Orders that reached a state", &["status"])?,
            refused: counter("tropa_orders_refused_total", "Orders that were not accepted", &["reason"])?,
            rescued,
            dispatch_duration: latency("tropa_order_dispatch_duration_seconds", "Accepted to dispatched")?,
            outbox_pending: gauge("tropa_outbox_pending", "Unpublished outbox rows")?,
            outbox_oldest_age,
            outbox_rows,
            outbox_published: counter(
                "tropa_outbox_published_total",
                "Outbox rows the broker confirmed",
                &["topic"],
            )?,
            outbox_failed: counter(
                "tropa_outbox_failed_total",
                "Publishes that the broker returned or did not confirm",
                &["topic", "reason"],
            )?,
            relay_publish_duration: latency("tropa_relay_publish_duration_seconds", "Publish to confirm")?,
            pickup_duration: latency(
                "tropa_consumer_pickup_duration_seconds",
                "A new order's event from its writing to a consumer",
            )?,
            deliveries: counter("tropa_consumer_deliveries_total", "Deliveries by outcome", &["outcome"])?,
            in_flight: gauge("tropa_consumer_in_flight", "Deliveries being worked on")?,
            capacity: gauge("tropa_consumer_capacity", "Deliveries that the pool may have in hand now")?,
            delivery_duration,
            idempotency: counter(
                "tropa_idempotency_total",
                "Answers of the idempotency guard",
                &["outcome"],
            )?,
            breaker_state,
            breaker_calls: counter("tropa_breaker_calls_total", "Fleet calls by outcome", &["outcome"])?,
            fleet_search_duration: latency("tropa_fleet_search_duration_seconds", "One fleet search")?,
            aggregates: gauge("tropa_aggregates_active", "Order aggregates in memory")?,
            batch_size,
            dead_letters: gauge("tropa_dead_letters", "Dead letters that wait for a person")?,
            orders_driver_silent: gauge(
                "tropa_orders_driver_silent",
                "Dispatched orders whose driver is not heard of any more",
            )?,
            positions: counter(
                "tropa_positions_total",
                "Positions reported, by whether their driver can be given orders",
                &["outcome"],
            )?,
            position_fields_unusable: counter(
                "tropa_position_fields_unusable_total",
                "Fields left out of reported positions because they made no sense",
                &["field"],
            )?,
            instances,
            clock_skew: seconds(
                "tropa_clock_skew_seconds",
                "The machine's clock less the one that this process goes by",
            )?,
            clock_jumps: counter(
                "tropa_clock_jumps_total",
                "Jumps of the clock that this process goes by",
                &["direction"],
            )?,
            retention_held_back: seconds(
                "tropa_retention_held_back_seconds",
                "For how much longer than their retention rows are kept",
            )?,
            prune_rounds,
            registry: registry.clone(),
        };
        metrics.begin();
        Ok(metrics)
    }

    /// Every counter exists from the start, at zero: a rate over a series that appears with its first event misses it.
    fn begin(&self) {
        let begin = |counter: &IntCounterVec, values: &[&str]| {
            for value in values {
                drop(counter.with_label_values(&[*value]));
            }
        };
        begin(&self.orders, &Status::ALL.map(Status::as_str));
        begin(&self.refused, &SubmitError::REASONS);
        begin(&self.deliveries, &["answered", "suppressed", "parked", "requeued"]);
        begin(&self.outbox_published, &Topic::ALL.map(Topic::as_str));
        for (topic, reason) in Topic::ALL.into_iter().flat_map(|topic| FAILURES.map(|reason| (topic, reason)))
        {
            drop(self.outbox_failed.with_label_values(&[topic.as_str(), reason]));
        }
        begin(&self.idempotency, &["acquired", "suppressed", "held", "done_not_confirmed"]);
        begin(&self.idempotency, &["leases_unavailable", "store_unavailable"]);
        begin(&self.clock_jumps, &["forward", "backward"]);
        begin(&self.breaker_calls, &["found", "none", "failed", "refused", "rejected"]);
        begin(&self.positions, &Unassignable::ALL.map(Unassignable::as_str));
        begin(&self.positions, &["assignable", "unknown", "no_fix"]);
        begin(&self.position_fields_unusable, &["heading", "at", "other"]);
        for writer in ["intake", "journal"] {
            drop(self.batch_size.with_label_values(&[writer]));
        }
    }
}

impl Metrics {
    /// Each breaker's name and the state it is in.
    pub fn breakers(&self) -> impl Iterator<Item = (String, String)> {
        let families = self.breaker_state.collect();
        let metrics: Vec<_> = families.into_iter().flat_map(|mut family| family.take_metric()).collect();
        metrics.into_iter().filter(|metric| metric.get_gauge().get_value() > 0.0).filter_map(|metric| {
            let label = |name| metric.get_label().iter().find(|label| label.name() == name);
            Some((label("breaker")?.value().to_owned(), label("state")?.value().to_owned()))
        })
    }

    /// Counts a delivery as being worked on until the guard is dropped, also when its consumer dies with it in hand.
    pub fn count_in_flight(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }
}

/// A delivery that is being worked on.
#[derive(Debug)]
pub struct InFlight(IntGauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}
