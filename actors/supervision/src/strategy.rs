//! Whom a failed child takes along.

use std::ops::Range;

use serde::Serialize;

/// Which children are restarted when one fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Only the one that failed.
    OneForOne,
    /// All of them: they are of no use without each other.
    OneForAll,
    /// The one that failed and those started after it, which were built upon it.
    RestForOne,
}

impl Strategy {
    /// The positions to restart when the child at `failed`, one of `count`, ended.
    ///
    /// ```
    /// use tropa_supervision::Strategy;
    /// assert_eq!(Strategy::OneForOne.affected(1, 3), 1..2);
    /// assert_eq!(Strategy::OneForAll.affected(1, 3), 0..3);
    /// assert_eq!(Strategy::RestForOne.affected(1, 3), 1..3);
    /// ```
    pub fn affected(self, failed: usize, count: usize) -> Range<usize> {
        match self {
            Strategy::OneForOne => failed..failed + 1,
            Strategy::OneForAll => 0..count,
            Strategy::RestForOne => failed..count,
        }
    }
}
