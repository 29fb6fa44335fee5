//! Making metrics, each registered when it is made.

use prometheus::core::Collector;
use prometheus::{
    Error, Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Opts, Registry,
};

use super::LATENCY_BUCKETS;

/// Makes the metrics of one registry; every step fails when the name is taken.
pub(super) struct Maker<'r>(pub &'r Registry);

impl Maker<'_> {
    fn registered<C: Collector + Clone + 'static>(&self, made: Result<C, Error>) -> Result<C, Error> {
        made.and_then(|metric| self.0.register(Box::new(metric.clone())).map(|()| metric))
    }

    pub fn counter(&self, name: &str, help: &str) -> Result<IntCounter, Error> {
        self.registered(IntCounter::new(name, help))
    }

    pub fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, Error> {
        self.registered(IntCounterVec::new(Opts::new(name, help), labels))
    }

    pub fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, Error> {
        self.registered(IntGauge::new(name, help))
    }

    pub fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, Error> {
        self.registered(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    pub fn seconds(&self, name: &str, help: &str) -> Result<Gauge, Error> {
        self.registered(Gauge::new(name, help))
    }

    pub fn latency(&self, name: &str, help: &str) -> Result<Histogram, Error> {
        let opts = HistogramOpts::new(name, help).buckets(LATENCY_BUCKETS.to_vec());
        self.registered(Histogram::with_opts(opts))
    }

    pub fn histograms(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        buckets: &[f64],
    ) -> Result<HistogramVec, Error> {
        let opts = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        self.registered(HistogramVec::new(opts, labels))
    }
}

/// Every counter exists from the start, at zero: a rate over a series that appears with its first event misses it.
pub(super) fn begin(counter: &IntCounterVec, values: &[&str]) {
    for value in values {
        drop(counter.with_label_values(&[*value]));
    }
}
