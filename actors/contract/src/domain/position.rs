//! Where a driver is, and which of two words about it counts.
//!
//! A device says when it was where; its clock may be wrong, and its words may come late or twice. The server knows when it
//! heard them. So a device's clock is believed as far as ours bears it out, and orders its own words, no more: whether a
//! driver is silent is measured by when they were heard. A word too old to move anybody is a sign of life all the same. Both
//! adapters of each port keep to the one rule below, whether they call it or, in SQL and Lua, write it down again; the
//! conformance suites hold them to it.

use std::time::Duration;

use time::OffsetDateTime;

use super::GeoPoint;

/// How far a clock may be from ours to be believed.
pub const CLOCK_SLACK: Duration = Duration::from_secs(30);

/// Where a driver was at a time, and when they were heard of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Where.
    pub point: GeoPoint,
    /// Degrees clockwise from north, less than 360.
    pub heading: Option<f64>,
    /// When they were there: by the device's clock, within [`CLOCK_SLACK`] before `heard_at`.
    pub at: OffsetDateTime,
    /// When the server last heard of them, by its own clock: of this, or of what came later and was older.
    pub heard_at: OffsetDateTime,
}

impl Position {
    /// Seen and heard at once, without a heading.
    pub fn new(point: GeoPoint, at: OffsetDateTime) -> Self {
        Self { point, heading: None, at, heard_at: at }
    }

    /// The same, heard at another moment.
    #[must_use]
    pub fn heard(self, heard_at: OffsetDateTime) -> Self {
        Self { at: self.at.clamp(heard_at - CLOCK_SLACK, heard_at), heard_at, ..self }
    }

    /// What is known when this was, and `word` is heard: where whichever of them [supersedes](Self::supersedes) says, heard of
    /// when the last of them was.
    ///
    /// What does not supersede was seen before this was, and heard within [`CLOCK_SLACK`] of its own `at`: so this `at` stays
    /// within that slack before `heard_at`.
    #[must_use]
    pub fn hearing(self, word: Self) -> Self {
        if word.supersedes(&self) {
            word
        } else {
            Self { heard_at: self.heard_at.max(word.heard_at), ..self }
        }
    }

    /// Whether it takes the place of what was known before: of two seen at one time the one heard last, and of two heard at
    /// one time the one that came last.
    ///
    /// What was heard later than this one can have been was stamped by a clock that went wrong, and does not count. And since
    /// `at` lies within half a minute of the hearing, neither a device's clock that is set back nor one that was ahead keeps
    /// later words away for longer.
    pub fn supersedes(&self, last: &Self) -> bool {
        last.heard_at > self.heard_at + CLOCK_SLACK || (self.at, self.heard_at) >= (last.at, last.heard_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(1_000_000 + n)
    }

    /// Said to be of `at`, heard at `heard`.
    fn word(at: i64, heard: i64) -> Position {
        Position::new(GeoPoint::new(1.0, 1.0).unwrap(), second(at)).heard(second(heard))
    }

    #[test]
    fn a_devices_clock_is_believed_as_far_as_ours_bears_it_out() {
        assert_eq!(word(95, 100).at, second(95), "on its way for five seconds");
        assert_eq!(word(-3_500, 100).at, second(70), "an hour slow");
        assert_eq!(word(3_700, 100).at, second(100), "an hour fast");
    }

    #[test]
    fn the_later_one_counts_and_of_equals_the_last() {
        assert!(word(99, 100).supersedes(&word(98, 101)), "seen later, though heard before");
        assert!(!word(98, 101).supersedes(&word(99, 100)), "a straggler");
        assert!(word(98, 101).supersedes(&word(98, 100)) && !word(98, 100).supersedes(&word(98, 101)));
        assert!(word(98, 100).supersedes(&word(98, 100)), "whichever comes");
    }

    #[test]
    fn what_a_wrong_clock_said_does_not_outlive_what_follows() {
        assert!(word(101, 101).supersedes(&word(3_700, 100)), "the device's was fast, and is mended");
        assert!(word(-3_499, 101).supersedes(&word(-3_500, 100)), "it is slow, and stays so");
        assert!(!word(-3_499, 101).supersedes(&word(100, 100)), "it was set back: that may be a straggler");
        assert!(word(-3_469, 131).supersedes(&word(100, 100)), "but not half a minute later");
        assert!(word(101, 101).supersedes(&word(3_700, 3_700)), "the server's was fast");
        assert!(word(3_700, 3_700).supersedes(&word(101, 101)), "or slow");
    }

    #[test]
    fn whatever_is_heard_is_a_sign_of_life() {
        let known = word(100, 100);
        for (at, heard) in [(-3_500, 101), (99, 105), (-3_500, 129)] {
            let after = known.hearing(word(at, heard));
            assert_eq!((after.at, after.heard_at), (second(100), second(heard)), "heard, not moved");
            assert_eq!(
                after,
                after.heard(after.heard_at),
                "a device's clock is believed no further than before"
            );
        }
        assert_eq!(known.hearing(word(-3_469, 131)), word(-3_469, 131), "it supersedes");
        let (late, later) = (word(98, 101), word(99, 102));
        assert_eq!(later.hearing(late), later, "nobody is heard of earlier than before");
        assert_eq!(word(3_700, 3_700).hearing(known), known, "nor when a clock that was wrong said");
    }
}
