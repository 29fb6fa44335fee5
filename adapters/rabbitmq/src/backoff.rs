//! How long to wait before the next try.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
/// A try costs little; what waits for the broker waits for this as well.
const LONGEST: Duration = Duration::from_millis(500);

/// Doubling waits with jitter, so that instances that lost the same broker do not come back at the same moment.
pub(super) struct Backoff(Duration);

impl Backoff {
    pub fn new() -> Self {
        Self(FIRST)
    }

    /// The next wait.
    pub fn next(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (wait * 2).min(LONGEST);
        wait.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// It worked.
    pub fn reset(&mut self) {
        self.0 = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_up_to_a_limit_and_starts_again() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = (0..20).map(|_| backoff.next()).collect();
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST, "{waits:?}");
        assert!(waits[19] >= LONGEST / 2 && waits[19] <= LONGEST, "{waits:?}");
        backoff.reset();
        assert!(backoff.next() <= FIRST);
    }
}
