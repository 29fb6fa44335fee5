//! What came out.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::Serialize;

/// Counts and latencies of one connection, or of all.
#[derive(Debug)]
pub struct Tally {
    latency_us: Histogram<u64>,
    answers: BTreeMap<u16, u64>,
    unknown: u64,
    measured: u64,
    /// When the last order was answered.
    last: Option<Instant>,
    pub delivered: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            // Three digits suffice for a person; the largest value grows as needed.
            #[allow(clippy::expect_used, reason = "three digits are a valid precision")]
            latency_us: Histogram::new(3).expect("a valid precision"),
            answers: BTreeMap::new(),
            unknown: 0,
            measured: 0,
            last: None,
            delivered: 0,
        }
    }
}

impl Tally {
    /// An answer, or `None` when it is not known what became of the request.
    pub fn record(&mut self, status: Option<u16>, latency: Duration, measured: bool) {
        self.last = Some(Instant::now());
        match status {
            Some(status) => *self.answers.entry(status).or_default() += 1,
            None => self.unknown += 1,
        }
        if measured && status.is_some_and(|status| status < 300) {
            self.measured += 1;
            // Grows as needed; `saturating_record` would not.
            let _ = self.latency_us.record(latency.as_micros().try_into().unwrap_or(u64::MAX));
        }
    }

    /// Adds another connection's.
    pub fn add(&mut self, other: &Self) {
        for (status, count) in &other.answers {
            *self.answers.entry(*status).or_default() += count;
        }
        self.unknown += other.unknown;
        self.measured += other.measured;
        self.last = self.last.max(other.last);
        self.delivered += other.delivered;
        // Both grow as needed: adding cannot fail.
        let _ = self.latency_us.add(&other.latency_us);
    }
}

/// Latencies in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[allow(clippy::struct_field_names, reason = "units in names at the edges")]
pub struct Latency {
    /// Half were faster.
    pub p50_ms: f64,
    /// Nine of ten were.
    pub p90_ms: f64,
    /// All but one in a hundred were.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

impl Latency {
    /// Of recorded microseconds.
    pub fn of(us: &Histogram<u64>) -> Self {
        let at = |quantile| us.value_at_quantile(quantile) as f64 / 1e3;
        Self { p50_ms: at(0.5), p90_ms: at(0.9), p99_ms: at(0.99), max_ms: us.max() as f64 / 1e3 }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { p50_ms, p90_ms, p99_ms, max_ms } = self;
        write!(f, "p50 {p50_ms:.1} ms, p90 {p90_ms:.1} ms, p99 {p99_ms:.1} ms, max {max_ms:.1} ms")
    }
}

/// How the dispatches went.
#[derive(Clone, Debug, Serialize)]
pub struct Dispatched {
    /// Orders dispatched since the start.
    pub orders: u64,
    /// Whether all that were accepted got there in time.
    pub all: bool,
    /// From the first request to the last dispatch, per second.
    pub per_second: f64,
    /// Accepted to dispatched, by the orders' own timestamps.
    pub latency: Latency,
    /// Orders the latencies were taken from, spread evenly over the run.
    pub sample: usize,
}

/// The whole run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Requests sent.
    pub sent: u64,
    /// New orders: 201.
    pub accepted: u64,
    /// Requests by status.
    pub answers: BTreeMap<u16, u64>,
    /// Requests without an answer.
    pub unknown: u64,
    /// Orders delivered again.
    pub delivered: u64,
    /// Accepted orders a second, after the warm-up.
    pub per_second: f64,
    /// Seconds measured: from the end of the warm-up to the last order's answer.
    pub seconds: f64,
    /// Intended send time to answer, of accepted orders after the warm-up.
    pub latency: Latency,
    /// With `--wait-dispatched`.
    pub dispatched: Option<Dispatched>,
}

impl Report {
    /// What came of it, measured since `begun`.
    pub fn new(tally: Tally, begun: Instant) -> Self {
        let seconds = tally.last.map_or(0.0, |last| last.saturating_duration_since(begun).as_secs_f64());
        Self {
            sent: tally.answers.values().sum::<u64>() + tally.unknown,
            accepted: tally.answers.get(&201).copied().unwrap_or_default(),
            unknown: tally.unknown,
            delivered: tally.delivered,
            per_second: tally.measured as f64 / seconds.max(f64::EPSILON),
            seconds,
            latency: Latency::of(&tally.latency_us),
            answers: tally.answers,
            dispatched: None,
        }
    }

    /// Fails unless every order was accepted, and dispatched where that was asked for, by the server at `url`.
    pub fn verdict(&self, url: &str) -> anyhow::Result<()> {
        let silent = self.sent > 0 && self.unknown == self.sent;
        anyhow::ensure!(!silent, "nothing was answered: does a server run at {url}?");
        let clean =
            self.sent == self.accepted && self.dispatched.as_ref().is_none_or(|dispatched| dispatched.all);
        anyhow::ensure!(clean, "not every order was accepted and dispatched");
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "sent        {} orders in {:.1} s", self.sent, self.seconds)?;
        writeln!(f, "accepted    {} ({:.0}/s)", self.accepted, self.per_second)?;
        for (status, count) in self.answers.iter().filter(|(status, _)| **status != 201) {
            writeln!(f, "answered    {count} × {status}")?;
        }
        if self.unknown > 0 {
            writeln!(f, "unknown     {}", self.unknown)?;
        }
        if self.delivered > 0 {
            writeln!(f, "delivered   {}", self.delivered)?;
        }
        writeln!(f, "latency     {}", self.latency)?;
        if let Some(dispatched) = &self.dispatched {
            let all = if dispatched.all { "all" } else { "NOT ALL" };
            writeln!(f, "dispatched  {} ({all}, {:.0}/s)", dispatched.orders, dispatched.per_second)?;
            writeln!(
                f,
                "            {} after acceptance ({} orders)",
                dispatched.latency, dispatched.sample
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_those_recorded() {
        let (mut one, mut other) = (Tally::default(), Tally::default());
        for ms in 1..=100 {
            one.record(Some(201), Duration::from_millis(ms), true);
        }
        other.record(Some(503), Duration::from_secs(9), true);
        other.record(None, Duration::from_secs(9), true);
        one.add(&other);
        let report = Report::new(one, Instant::now());
        assert_eq!((report.sent, report.accepted, report.unknown), (102, 100, 1));
        assert!((report.latency.p50_ms - 50.0).abs() < 0.1, "{}", report.latency);
        assert!((report.latency.max_ms - 100.0).abs() < 0.1, "{}", report.latency);
        assert!(report.verdict("http://here").is_err());
    }
}
