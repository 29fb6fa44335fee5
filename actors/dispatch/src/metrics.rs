//! Everything the pipeline counts. Prometheus naming, base units, no id as a label.
//!
//! The HTTP edge's and the actors' own metrics (mailboxes, restarts) are collected where they live.

mod clock;
mod drivers;
mod maker;

use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry};
use strum::VariantNames as _;

use crate::consumer::End;
use crate::domain::{Status, Topic};
use crate::intake::SubmitError;
pub use clock::ClockMetrics;
pub use drivers::DriverMetrics;
use maker::{Maker, begin};

/// The pipeline's metrics, registered once per process.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// The registry that holds them and everybody else's.
    pub registry: Registry,
    /// `tropa_orders_total{status}`: orders that reached a state.
    pub orders: IntCounterVec,
    /// `tropa_orders_refused_total{reason}`: orders that were not accepted.
    pub refused: IntCounterVec,
    /// `tropa_intake_duration_seconds`: an order that is taken, to its commit.
    pub intake_duration: Histogram,
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
    /// `tropa_outbox_wait_duration_seconds`: a message that is due at once, from its writing to its claim.
    pub outbox_wait: Histogram,
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
    /// `tropa_audit_lines_total{outcome}`: lines of the audit, written or not.
    pub audit_lines: IntCounterVec,
    /// `tropa_instances{state}`: instances, as this one sees them.
    pub instances: IntGaugeVec,
    /// Of the clock that this process goes by.
    pub clock: ClockMetrics,
    /// Of drivers and their positions.
    pub drivers: DriverMetrics,
}

/// Upper bounds in seconds, for what should take milliseconds.
pub const LATENCY_BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 30.0];

/// Writes in one commit.
const BATCH_BUCKETS: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// The label of most counters.
const OUTCOME: &[&str] = &["outcome"];

/// Why a publish failed: no queue takes the topic, or nobody said that it arrived.
const FAILURES: [&str; 2] = ["returned", "unconfirmed"];

impl Metrics {
    /// Creates and registers them all. Fails when a name is taken: call it once per registry.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let make = Maker(registry);
        let metrics = Self {
            orders: make.counters("tropa_orders_total", "Orders that reached a state", &["status"])?,
            refused: make.counters(
                "tropa_orders_refused_total",
                "Orders that were not accepted",
                &["reason"],
            )?,
            intake_duration: make
                .latency("tropa_intake_duration_seconds", "An order that is taken, to its commit")?,
            rescued: make.counter(
                "tropa_orders_rescued_total",
                "Orders dispatched again because the broker had lost their message",
            )?,
            dispatch_duration: make
                .latency("tropa_order_dispatch_duration_seconds", "Accepted to dispatched")?,
            outbox_pending: make.gauge("tropa_outbox_pending", "Unpublished outbox rows")?,
            outbox_oldest_age: make
                .seconds("tropa_outbox_oldest_age_seconds", "Age of the oldest outbox row that is due")?,
            outbox_rows: make.gauges(
                "tropa_outbox_rows",
                "Unpublished outbox rows, due or postponed",
                &["state"],
            )?,
            outbox_wait: make.latency(
                "tropa_outbox_wait_duration_seconds",
                "A message that is due at once, from its writing to its claim",
            )?,
            outbox_published: make.counters(
                "tropa_outbox_published_total",
                "Outbox rows the broker confirmed",
                &["topic"],
            )?,
            outbox_failed: make.counters(
                "tropa_outbox_failed_total",
                "Publishes that the broker returned or did not confirm",
                &["topic", "reason"],
            )?,
            relay_publish_duration: make
                .latency("tropa_relay_publish_duration_seconds", "Publish to confirm")?,
            pickup_duration: make.latency(
                "tropa_consumer_pickup_duration_seconds",
                "A new order's event from its writing to a consumer",
            )?,
            deliveries: make.counters("tropa_consumer_deliveries_total", "Deliveries by outcome", OUTCOME)?,
            in_flight: make.gauge("tropa_consumer_in_flight", "Deliveries being worked on")?,
            capacity: make
                .gauge("tropa_consumer_capacity", "Deliveries that the pool may have in hand now")?,
            delivery_duration: make.histograms(
                "tropa_consumer_delivery_duration_seconds",
                "A delivery, taken to answered",
                OUTCOME,
                &LATENCY_BUCKETS,
            )?,
            idempotency: make.counters(
                "tropa_idempotency_total",
                "Answers of the idempotency guard",
                OUTCOME,
            )?,
            breaker_state: make.gauges(
                "tropa_breaker_state",
                "1 for the state the breaker is in",
                &["breaker", "state"],
            )?,
            breaker_calls: make.counters("tropa_breaker_calls_total", "Fleet calls by outcome", OUTCOME)?,
            fleet_search_duration: make.latency("tropa_fleet_search_duration_seconds", "One fleet search")?,
            aggregates: make.gauge("tropa_aggregates_active", "Order aggregates in memory")?,
            batch_size: make.histograms(
                "tropa_journal_batch_size",
                "Writes in one commit",
                &["writer"],
                &BATCH_BUCKETS,
            )?,
            dead_letters: make.gauge("tropa_dead_letters", "Dead letters that wait for a person")?,
            audit_lines: make.counters(
                "tropa_audit_lines_total",
                "Lines of the audit, written or not",
                OUTCOME,
            )?,
            instances: make.gauges(
                "tropa_instances",
                "Instances, this one included, as this one sees them",
                &["state"],
            )?,
            clock: ClockMetrics::register(&make)?,
            drivers: DriverMetrics::register(&make)?,
            registry: registry.clone(),
        };
        metrics.begin();
        Ok(metrics)
    }

    fn begin(&self) {
        begin(&self.orders, &Status::ALL.map(Status::as_str));
        begin(&self.refused, SubmitError::VARIANTS);
        begin(&self.deliveries, &End::ALL.map(End::as_str));
        begin(&self.outbox_published, &Topic::ALL.map(Topic::as_str));
        for (topic, reason) in Topic::ALL.into_iter().flat_map(|topic| FAILURES.map(|reason| (topic, reason)))
        {
            drop(self.outbox_failed.with_label_values(&[topic.as_str(), reason]));
        }
        begin(&self.idempotency, &["acquired", "suppressed", "held", "done_not_confirmed"]);
        begin(&self.idempotency, &["leases_unavailable", "store_unavailable"]);
        begin(&self.audit_lines, &["written", "summed_up", "unwritten"]);
        begin(&self.breaker_calls, &["found", "none", "failed", "refused", "rejected"]);
        for writer in ["intake", "journal"] {
            drop(self.batch_size.with_label_values(&[writer]));
        }
    }
}

impl Metrics {
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
