//! When a row whose publish failed is tried again. Pure.

use std::time::Duration;

/// The first wait, and that of a row that nobody refused.
pub const REPUBLISH: Duration = Duration::from_millis(250);
const REPUBLISH_MAX: Duration = Duration::from_secs(30);

/// After how long. `failures`: how often this row had failed before the broker refused it; `None` when the broker did not
/// answer: that says nothing of the row, and how often a broker that is away is asked is for [`Reach`](super::reach::Reach)
/// to decide. `share` is the jitter, 0 to 1.
pub fn pause(failures: Option<u32>, share: f64) -> Duration {
    let full = REPUBLISH.saturating_mul(1 << failures.unwrap_or(0).min(10)).min(REPUBLISH_MAX);
    full.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_refused_waits_longer_and_longer_and_who_met_nobody_does_not() {
        let waits: Vec<_> = [0, 1, 2, 20].map(|failures| pause(Some(failures), 1.0).as_millis()).into();
        assert_eq!(waits, [250, 500, 1_000, 30_000]);
        assert_eq!(pause(None, 1.0), REPUBLISH);
        assert_eq!(pause(None, 0.0), REPUBLISH / 2);
    }
}
