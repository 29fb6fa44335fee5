//! Whether the broker is in reach, judged by what became of the last publishes. A pure state.

use std::time::{Duration, Instant};

use tropa_supervision::{Backoff, Jitter, Pauses};

/// Between two probes of a broker that is away, at least.
const PROBE: Backoff = Backoff::between(Duration::from_millis(100), Duration::from_millis(250));

/// What is known of the broker.
///
/// While it is away one row at a time is tried. All others stay as they are: they spend no attempts, collect no back-off,
/// and go out at once when it is back; and the database is not asked to claim and release a whole window over and over.
#[derive(Debug, Default)]
pub struct Reach {
    away: Option<Away>,
}

#[derive(Debug)]
struct Away {
    pauses: Pauses,
    probe_at: Instant,
}

impl Reach {
    /// A publish was answered, whatever the answer was. True when the broker was away until now.
    pub fn answered(&mut self) -> bool {
        self.away.take().is_some()
    }

    /// A publish was not. True when the broker was in reach until now.
    pub fn silent(&mut self, now: Instant) -> bool {
        match &mut self.away {
            None => {
                let mut pauses = PROBE.pauses(Jitter::None);
                self.away = Some(Away { probe_at: now + pauses.longer(), pauses });
                true
            }
            // What else was in flight when it went away comes in at the same moment: that is one silence.
            Some(away) if now >= away.probe_at => {
                away.probe_at = now + away.pauses.longer();
                false
            }
            Some(_) => false,
        }
    }

    /// How many rows may be claimed, with `in_flight` unanswered and a window of `window`.
    pub fn room(&self, in_flight: u32, window: u32, now: Instant) -> u32 {
        match &self.away {
            // Small refills cost as much as large ones.
            None => Some(window.saturating_sub(in_flight)).filter(|room| *room >= window / 4).unwrap_or(0),
            Some(away) => u32::from(in_flight == 0 && now >= away.probe_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_in_reach_gets_whole_windows() {
        let (reach, now) = (Reach::default(), Instant::now());
        assert_eq!(reach.room(0, 1_000, now), 1_000);
        assert_eq!(reach.room(750, 1_000, now), 250);
        assert_eq!(reach.room(751, 1_000, now), 0, "a small refill waits");
    }

    #[test]
    fn one_that_is_away_gets_one_row_at_a_time_less_and_less_often() {
        let (mut reach, now) = (Reach::default(), Instant::now());
        assert!(reach.silent(now), "news");
        assert!(!reach.silent(now), "the rest of the window is no news, and no further step");
        assert_eq!(reach.room(0, 1_000, now), 0);
        let first = now + PROBE.initial;
        assert_eq!((reach.room(0, 1_000, first), reach.room(1, 1_000, first)), (1, 0));
        reach.silent(first);
        assert_eq!(reach.room(0, 1_000, first + PROBE.initial), 0);
        let mut last = first + 2 * PROBE.initial;
        assert_eq!(reach.room(0, 1_000, last), 1);
        for _ in 0..10 {
            reach.silent(last);
            last += PROBE.max;
            assert_eq!(reach.room(0, 1_000, last), 1, "never rarer than that");
        }
        assert!(reach.answered(), "news");
        assert!(!reach.answered());
        assert_eq!(reach.room(0, 1_000, now), 1_000, "all at once");
    }
}
