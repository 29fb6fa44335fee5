//! Times, counted in powers of two.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bucket n holds times below 2ⁿ µs; the last one holds everything from about 16 s up.
const BUCKETS: usize = 26;

/// How many times fell into each bucket.
pub(crate) type Counts = [u64; BUCKETS];

/// One bucket of a [`Histogram`]: how many times were at most `le_us` long and longer than the bucket before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Upper bound in microseconds, inclusive.
    pub le_us: u64,
    /// Times that fell into it.
    pub count: u64,
}

/// A histogram of times: two relaxed additions to record one, so it stays on in production.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BUCKETS],
    sum_us: AtomicU64,
}

impl Histogram {
    /// Counts one time.
    pub fn record(&self, time: Duration) {
        let us = time.as_micros() as u64;
        let bucket = (u64::BITS - us.leading_zeros()) as usize;
        self.buckets[bucket.min(BUCKETS - 1)].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
    }

    /// The buckets that are not empty, shortest first.
    pub fn buckets(&self) -> Vec<Bucket> {
        filled(&self.counts()).collect()
    }

    /// The upper bound, in microseconds, of the bucket in which the quantile `q` (0 to 1) lies; 0 if nothing was counted.
    pub fn quantile(&self, q: f64) -> u64 {
        quantile(&self.counts(), q)
    }

    /// How many times were counted.
    pub fn count(&self) -> u64 {
        self.counts().iter().sum()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.buckets.each_ref().map(|count| count.load(Relaxed))
    }

    /// Counts what another one has counted, too.
    pub(crate) fn add(&self, other: &Self) {
        for (own, others) in self.buckets.iter().zip(other.counts()) {
            own.fetch_add(others, Relaxed);
        }
        self.sum_us.fetch_add(other.sum_us(), Relaxed);
    }

    /// All times together, in microseconds.
    pub fn sum_us(&self) -> u64 {
        self.sum_us.load(Relaxed)
    }
}

/// The buckets that are not empty, shortest first.
fn filled(counts: &Counts) -> impl Iterator<Item = Bucket> {
    let all = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    all.map(|(n, count)| Bucket { le_us: (1 << n) - 1, count: *count })
}

/// The upper bound, in microseconds, of the bucket in which the quantile `q` lies; 0 if nothing was counted.
pub(crate) fn quantile(counts: &Counts, q: f64) -> u64 {
    let wanted = (counts.iter().sum::<u64>() as f64 * q).ceil() as u64;
    let mut seen = 0;
    let holds = |bucket: &Bucket| {
        seen += bucket.count;
        seen >= wanted
    };
    filled(counts).find(holds).map_or(0, |bucket| bucket.le_us)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_upper_bounds() {
        let histogram = Histogram::default();
        for us in 0..100 {
            histogram.record(Duration::from_micros(us));
        }
        assert_eq!((histogram.quantile(0.5), histogram.quantile(0.99)), (63, 127));
        assert_eq!(histogram.sum_us(), 4950);
        assert_eq!(histogram.buckets().iter().map(|bucket| bucket.count).sum::<u64>(), 100);
    }

    #[test]
    fn an_absurd_time_lands_in_the_last_bucket() {
        let histogram = Histogram::default();
        histogram.record(Duration::from_secs(1 << 40));
        assert_eq!(histogram.buckets().len(), 1);
    }

    #[test]
    fn an_empty_one_has_no_quantile() {
        assert_eq!(Histogram::default().quantile(0.99), 0);
    }
}
