//! How long to wait before the next try, of a restart or of anything else.

use std::time::Duration;

/// Exponential back-off: before the n-th try in a row one waits for `initial · 2ⁿ⁻¹`, at most `max`, or for a random part of
/// that, by the [`Jitter`]. A restart takes [`Jitter::Full`]; a child that lived longer than `reset_after` starts counting anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait before the first try.
    pub initial: Duration,
    /// The longest wait before any try.
    pub max: Duration,
    /// A life longer than this forgets the failures before it.
    pub reset_after: Duration,
}

/// How much of a wait is left to chance: those that fell together (their database went away) must not come back together.
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// All of it.
    Full,
    /// Half of it: nobody is there again at once.
    Half,
    /// Nothing: for who is alone.
    None,
}

impl Jitter {
    /// That wait, with so much of its random part; 0 to 1.
    pub fn of(self, wait: Duration, share: f64) -> Duration {
        let share = share.clamp(0.0, 1.0);
        match self {
            Jitter::Full => wait.mul_f64(share),
            Jitter::Half => wait.mul_f64(0.5 + share / 2.0),
            Jitter::None => wait,
        }
    }
}

impl Backoff {
    /// With these limits; forgotten after a calm minute.
    pub const fn between(initial: Duration, max: Duration) -> Self {
        Backoff { initial, max, reset_after: Duration::from_mins(1) }
    }

    /// The longest wait after `failures` in a row (1 is the first).
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
        Jitter::Full.of(self.ceiling(failures), fastrand::f64())
    }

    /// The waits of somebody who tries until it works.
    pub const fn pauses(self, jitter: Jitter) -> Pauses {
        Pauses { backoff: self, jitter, failures: 0 }
    }

    /// How many failures in a row a death makes, after `failures` before it and a life of `lived`.
    pub(crate) fn count(&self, failures: u32, lived: Duration) -> u32 {
        if lived > self.reset_after { 1 } else { failures.saturating_add(1) }
    }
}

impl Default for Backoff {
    /// 10 ms at first, 30 s at most, forgotten after a calm minute.
    fn default() -> Self {
        Backoff::between(Duration::from_millis(10), Duration::from_secs(30))
    }
}

/// The waits between tries, longer and longer until one works.
#[derive(Clone, Copy, Debug)]
pub struct Pauses {
    backoff: Backoff,
    jitter: Jitter,
    failures: u32,
}

impl Pauses {
    /// It failed: how long to wait now.
    pub fn longer(&mut self) -> Duration {
        self.after(Duration::ZERO)
    }

    /// The same, after it had worked for so long.
    pub fn after(&mut self, worked: Duration) -> Duration {
        self.failures = self.backoff.count(self.failures, worked);
        self.jitter.of(self.backoff.ceiling(self.failures), fastrand::f64())
    }

    /// It works.
    pub fn reset(&mut self) {
        self.failures = 0;
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
    fn chance_has_all_of_a_wait_or_half_of_it_or_nothing() {
        let second = Duration::from_secs(1);
        let ends = |jitter: Jitter| [-1.0, 0.0, 1.0, 2.0].map(|share| jitter.of(second, share).as_millis());
        assert_eq!(ends(Jitter::Full), [0, 0, 1_000, 1_000]);
        assert_eq!(ends(Jitter::Half), [500, 500, 1_000, 1_000]);
        assert_eq!(ends(Jitter::None), [1_000; 4]);
    }

    #[test]
    fn pauses_grow_until_it_works() {
        let mut pauses = BACKOFF.pauses(Jitter::None);
        let mut millis = |worked: u64| pauses.after(Duration::from_secs(worked)).as_millis();
        assert_eq!([0, 0, 1, 61, 0].map(&mut millis), [10, 20, 40, 10, 20], "a calm minute is as good");
        pauses.reset();
        assert_eq!(pauses.longer().as_millis(), 10);
        let mut pauses = BACKOFF.pauses(Jitter::Half);
        let waits: Vec<_> = (0..20).map(|_| pauses.longer()).collect();
        assert!(waits[0] >= BACKOFF.initial / 2 && waits[0] <= BACKOFF.initial, "{waits:?}");
        assert!(waits[19] >= BACKOFF.max / 2 && waits[19] <= BACKOFF.max, "{waits:?}");
    }

    #[test]
    fn a_calm_life_resets_the_count() {
        assert_eq!(BACKOFF.count(7, Duration::from_secs(1)), 8);
        assert_eq!(BACKOFF.count(7, Duration::from_secs(61)), 1);
    }
}
