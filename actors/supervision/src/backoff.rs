//! How long to wait before a restart.

use std::time::Duration;

/// Exponential back-off with full jitter: before the n-th restart in a row a child waits a random time between zero and
/// `initial · 2ⁿ⁻¹`, at most `max`. A child that lived longer than `reset_after` starts counting anew.
///
/// Full jitter because children that fell together (their database went away) must not come back together:
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait before the first restart.
    pub initial: Duration,
    /// The longest wait before any restart.
    pub max: Duration,
    /// A life longer than this forgets the failures before it.
    pub reset_after: Duration,
}

impl Backoff {
    /// The longest wait before restart number `failures` in a row (1 is the first).
    ///
    /// ```
    /// use std::time::Duration;
    /// use tropa_supervision::Backoff;
    /// let backoff = Backoff { initial: Duration::from_millis(10), max: Duration::from_secs(1), ..Backoff::default() };
    /// assert_eq!(backoff.ceiling(1), Duration::from_millis(10));
    /// assert_eq!(backoff.ceiling(4), Duration::from_millis(80));
    /// assert_eq!(backoff.ceiling(400), Duration::from_secs(1));
    /// ```
    pub fn ceiling(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.initial.saturating_mul(1 << doublings).min(self.max)
    }

    /// A random wait between zero and [`ceiling`](Backoff::ceiling).
    pub fn delay(&self, failures: u32) -> Duration {
        self.ceiling(failures).mul_f64(fastrand::f64())
    }

    /// How many failures in a row a death makes, after `failures` before it and a life of `lived`.
    pub(crate) fn count(&self, failures: u32, lived: Duration) -> u32 {
        if lived > self.reset_after { 1 } else { failures.saturating_add(1) }
    }
}

impl Default for Backoff {
    /// 10 ms at first, 30 s at most, forgotten after a calm minute.
    fn default() -> Self {
        Backoff {
            initial: Duration::from_millis(10),
            max: Duration::from_secs(30),
            reset_after: Duration::from_mins(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        initial: Duration::from_millis(10),
        max: Duration::from_millis(500),
        reset_after: Duration::from_mins(1),
    };

    #[test]
    fn doubles_up_to_the_maximum() {
        let ceilings: Vec<u128> = (1..=8).map(|n| BACKOFF.ceiling(n).as_millis()).collect();
        assert_eq!(ceilings, [10, 20, 40, 80, 160, 320, 500, 500]);
    }

    #[test]
    fn jitter_fills_the_whole_range() {
        let delays: Vec<Duration> = (0..1000).map(|_| BACKOFF.delay(4)).collect();
        assert!(delays.iter().all(|delay| *delay <= Duration::from_millis(80)));
        assert!(delays.iter().any(|delay| *delay < Duration::from_millis(16)));
        assert!(delays.iter().any(|delay| *delay > Duration::from_millis(64)));
    }

    #[test]
    fn a_calm_life_resets_the_count() {
        assert_eq!(BACKOFF.count(7, Duration::from_secs(1)), 8);
        assert_eq!(BACKOFF.count(7, Duration::from_secs(61)), 1);
    }
}
