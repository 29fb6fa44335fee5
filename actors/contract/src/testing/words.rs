//! What is said of where drivers are, for the suites of everybody who writes down the rule by which one word or the other counts.

use fastrand::Rng;
use time::{Duration, OffsetDateTime};

use crate::domain::{GeoPoint, Position};

/// Words about one driver as they may come: late, twice, of one time, of clocks that were ahead or behind, all in steps of ten
/// seconds within some minutes, so that the rule's edges are met. Each tells another place.
pub(super) struct Words {
    rng: Rng,
    begun: OffsetDateTime,
    said: u32,
}

impl Words {
    /// The last of them is heard at `end`.
    pub(super) fn until(end: OffsetDateTime, seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), begun: end - Duration::minutes(2), said: 0 }
    }

    pub(super) fn some(&mut self) -> Vec<Position> {
        (0..self.rng.usize(1..4)).map(|_| self.word()).collect()
    }

    fn word(&mut self) -> Position {
        self.said += 1;
        let heard = self.begun + Duration::seconds(10 * self.rng.i64(0..=12));
        let at = heard - Duration::seconds(10 * self.rng.i64(-1..=4));
        let point = GeoPoint::new(1.0, f64::from(self.said) / 1_000.0).unwrap();
        let heading = self.rng.bool().then(|| f64::from(self.said % 360));
        Position { heading, ..Position::new(point, at).heard(heard) }
    }
}

/// What is known after these, by the one rule.
pub(super) fn folded(before: Option<Position>, words: &[Position]) -> Option<Position> {
    words.iter().fold(before, |known, word| Some(known.map_or(*word, |known| known.hearing(*word))))
}
