//! Which rows are old enough to go. Pure.
//!
//! A date says how old a row is only as far as the clock went right: one that was set a week ahead makes every row a week old,
//! and one that was behind has made rows that look old when it is right again. What was deleted does not come back: a key
//! that is gone makes a second order. So a row goes when its retention has passed by the clock, *and* its date lies before
//! everything that the clock has shown while Tropa was seen to run for as long.

use std::time::Duration;

use time::OffsetDateTime;

use crate::port::Horizon;

/// What becomes of the rows of one kind.
#[derive(Debug, PartialEq)]
pub(super) struct Cut {
    /// Rows from before this go.
    pub before: OffsetDateTime,
    /// For how much longer than they should be the others are kept.
    pub held_back: Duration,
}

impl Cut {
    /// Of rows that are kept this long.
    pub fn of(now: OffsetDateTime, kept: Duration, horizon: Option<Horizon>) -> Self {
        let due = now - kept;
        let Some(Horizon { earliest, complete }) = horizon else {
            return Self { before: OffsetDateTime::UNIX_EPOCH, held_back: Duration::ZERO };
        };
        // What it does not go back to, it cannot vouch for.
        let before = if complete { due.min(earliest) } else { OffsetDateTime::UNIX_EPOCH };
        let held_back = Duration::try_from(due - earliest).unwrap_or_default();
        Self { before, held_back }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);
    const WEEK: Duration = Duration::from_hours(7 * 24);

    fn now() -> OffsetDateTime {
        time::macros::datetime!(2026-01-31 12:00 UTC)
    }

    fn cut(now: OffsetDateTime, earliest: OffsetDateTime) -> Cut {
        Cut::of(now, WEEK, Some(Horizon { earliest, complete: true }))
    }

    #[test]
    fn a_clock_that_went_right_is_believed() {
        // It has run for months: within the last week of them it has shown nothing from before.
        let found = cut(now(), now() - WEEK);
        assert_eq!(found, Cut { before: now() - WEEK, held_back: Duration::ZERO });
    }

    #[test]
    fn a_jump_ahead_makes_nothing_old() {
        let began = now() - 2 * WEEK;
        let ahead = began + 8 * DAY;
        let found = cut(ahead, began - WEEK);
        assert_eq!(found, Cut { before: began - WEEK, held_back: 8 * DAY });
    }

    #[test]
    fn what_a_clock_wrote_that_was_behind_is_not_old_when_it_is_right_again() {
        let behind = now() - 8 * DAY;
        let found = cut(now(), behind);
        assert_eq!(found, Cut { before: behind, held_back: DAY });
        // And while it is behind, still less.
        assert_eq!(cut(behind, behind - DAY).before, behind - WEEK);
    }

    #[test]
    fn nothing_goes_that_was_written_before_anything_is_remembered() {
        let young = Some(Horizon { earliest: now() - DAY, complete: false });
        let cut = Cut::of(now(), WEEK, young);
        assert_eq!(cut, Cut { before: OffsetDateTime::UNIX_EPOCH, held_back: Duration::ZERO });
        assert_eq!(Cut::of(now() + 8 * DAY, WEEK, young).held_back, 2 * DAY, "and says for how long");
        assert_eq!(Cut::of(now(), WEEK, None).before, OffsetDateTime::UNIX_EPOCH);
    }
}
