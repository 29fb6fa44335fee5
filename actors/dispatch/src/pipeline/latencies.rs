//! How long things took, as counted in buckets, and what that says of the time between two looks.

use std::collections::BTreeMap;
use std::time::Duration;

use prometheus::{Histogram, core::Metric};
use tropa_supervision::Bucket;

/// Microseconds of what is longer than any bucket.
const BEYOND: u64 = u64::MAX;

/// Buckets of an actor's histogram that are looked at: each up to a power of two.
const POWERS: u32 = 26;

/// How many times were at most so many microseconds long, and longer than the bucket before. Empty buckets are kept: they
/// bound the next one from below.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Latencies(BTreeMap<u64, u64>);

impl Latencies {
    /// Of all of these together.
    pub fn of(histograms: impl IntoIterator<Item = Histogram>) -> Self {
        let mut times = BTreeMap::new();
        for histogram in histograms {
            let metric = histogram.metric();
            let (said, mut below) = (metric.get_histogram(), 0);
            for bucket in said.get_bucket() {
                let count = bucket.cumulative_count();
                *times.entry((bucket.upper_bound() * 1e6).round() as u64).or_default() += count - below;
                below = count;
            }
            *times.entry(BEYOND).or_default() += said.get_sample_count().saturating_sub(below);
        }
        Self(times)
    }

    /// Of an actor's answers.
    pub fn of_actor(buckets: &[Bucket]) -> Self {
        let mut times: BTreeMap<u64, u64> = (0..POWERS).map(|power| ((1 << power) - 1, 0)).collect();
        times.extend(buckets.iter().map(|bucket| (bucket.le_us, bucket.count)));
        Self(times)
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// How many were at most so long; exact at the bounds of buckets.
    pub fn within(&self, longest: Duration) -> u64 {
        self.0.range(..=longest.as_micros() as u64).map(|(_, count)| count).sum()
    }

    /// What came since `before`.
    pub fn since(&self, before: &Self) -> Self {
        let grown = |(bound, count): (&u64, &u64)| {
            (*bound, count.saturating_sub(before.0.get(bound).copied().unwrap_or_default()))
        };
        Self(self.0.iter().map(grown).collect())
    }

    /// So many of all, 0 to 1, were at most so long; within a bucket as if they were spread evenly. Of what is longer than any
    /// bound, that bound.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let wanted = self.count() as f64 * share;
        let (mut seen, mut lower) = (0.0, 0_u64);
        if wanted <= 0.0 {
            return None;
        }
        for (bound, count) in &self.0 {
            let count = *count as f64;
            if count > 0.0 && seen + count >= wanted {
                let width = if *bound == BEYOND { 0 } else { bound - lower };
                let micros = lower as f64 + width as f64 * (wanted - seen) / count;
                return Some(Duration::from_micros(micros as u64));
            }
            (seen, lower) = (seen + count, *bound);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::HistogramOpts;

    fn histogram(times: &[f64]) -> Histogram {
        let histogram = Histogram::with_opts(HistogramOpts::new("n", "h").buckets(vec![0.1, 0.2])).unwrap();
        for time in times {
            histogram.observe(*time);
        }
        histogram
    }

    #[test]
    fn of_two_looks_what_came_between_counts() {
        let histogram = histogram(&[9.0, 9.0, 9.0]);
        let before = Latencies::of([histogram.clone()]);
        (0..99).for_each(|_| histogram.observe(0.15));
        histogram.observe(0.05);
        let since = Latencies::of([histogram.clone()]).since(&before);
        assert_eq!((since.count(), since.within(Duration::from_millis(200))), (100, 100));
        assert_eq!(since.within(Duration::from_millis(100)), 1);
        let median = since.quantile(0.5).unwrap();
        assert!(median > Duration::from_millis(148) && median < Duration::from_millis(152), "{median:?}");
        assert_eq!(before.quantile(0.5), Some(Duration::from_millis(200)), "longer than any bound");
        assert_eq!(before.since(&before).quantile(0.5), None, "nothing came");
    }

    #[test]
    fn several_are_one() {
        let both = Latencies::of([histogram(&[0.05]), histogram(&[0.15, 3.0])]);
        assert_eq!((both.count(), both.within(Duration::from_millis(200))), (3, 2));
    }

    #[test]
    fn an_actors_bucket_is_half_as_wide_as_its_bound() {
        let times = Latencies::of_actor(&[Bucket { le_us: 1023, count: 100 }]);
        let (median, most) = (times.quantile(0.5).unwrap(), times.quantile(1.0).unwrap());
        assert!(median > Duration::from_micros(700) && median < Duration::from_micros(800), "{median:?}");
        assert_eq!(most, Duration::from_micros(1023));
    }
}
