//! When a row whose publish failed is tried again. Pure.

use std::time::Duration;

use tropa_supervision::{Backoff, Jitter};

/// The first is also that of a row that nobody refused.
pub const REPUBLISH: Backoff = Backoff::between(Duration::from_millis(250), Duration::from_secs(30));

/// After how long. `failures`: how often this row had failed before the broker refused it; `None` when the broker did not
/// answer: that says nothing of the row, and how often a broker that is away is asked is for [`Reach`](super::reach::Reach)
/// to decide. `share` is the jitter, 0 to 1.
pub fn pause(failures: Option<u32>, share: f64) -> Duration {
    Jitter::Half.of(REPUBLISH.ceiling(failures.map_or(1, |before| before.saturating_add(1))), share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_refused_waits_longer_and_longer_and_who_met_nobody_does_not() {
        let waits: Vec<_> = [0, 1, 2, 20].map(|failures| pause(Some(failures), 1.0).as_millis()).into();
        assert_eq!(waits, [250, 500, 1_000, 30_000]);
        assert_eq!(pause(None, 1.0), REPUBLISH.initial);
        assert_eq!(pause(None, 0.0), REPUBLISH.initial / 2);
    }
}
