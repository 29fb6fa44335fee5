//! The time a process goes by: set once, counted on by the monotonic clock, and held against the clock it was set by. Pure:
//! instants are handed in.
//!
//! The monotonic clock is the one clock nobody can set. So what somebody does to the machine's clock changes nothing here,
//! and what was found to be wrong is mended in one place: a little is made up for little by little; a jump is followed as a
//! whole, and remembered, so that what was written before it is not taken for older, or younger, than it is.

use std::collections::VecDeque;

use time::OffsetDateTime;
use tokio::time::{Duration, Instant};

/// Up to here two clocks have drifted apart; beyond, one of them has jumped.
const DRIFT: time::Duration = time::Duration::milliseconds(500);

/// What of a drift is made up for at each reading.
const SLEW: time::Duration = time::Duration::milliseconds(50);

/// An answer that took longer says too little.
const SLOW: time::Duration = time::Duration::seconds(2);

/// Jumps that are remembered.
const REMEMBERED: usize = 8;

/// What another clock said, asked and answered at these moments: it was its time somewhere between them.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The other clock's time.
    pub time: OffsetDateTime,
    /// When it was asked.
    pub sent: Instant,
    /// When it had answered.
    pub received: Instant,
}

/// A jump that was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Jump {
    /// The last moment before it, on the old line.
    pub from: OffsetDateTime,
    /// The same moment on the new one.
    pub to: OffsetDateTime,
}

impl Jump {
    pub fn by(self) -> time::Duration {
        self.to - self.from
    }
}

/// What became of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drifted {
    /// The first one: the clock is set.
    Set,
    /// Near enough.
    Little,
    /// Too far to be drift; not followed yet.
    Apart(time::Duration),
    /// A jump of this size was followed.
    Jumped(time::Duration),
    /// It says nothing: the answer took too long.
    Unsure,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Line {
    anchor: OffsetDateTime,
    since: Instant,
    set: bool,
    /// The latest time that was told: it does not go back, but for a jump.
    told: OffsetDateTime,
    /// How long a jump must stand before it is followed.
    patience: Duration,
    apart: Option<(Instant, time::Duration)>,
    jumps: VecDeque<Jump>,
}

impl Line {
    /// Begins at `anchor`, which is not known to be right yet.
    pub fn new(anchor: OffsetDateTime, since: Instant, patience: Duration) -> Self {
        Self { anchor, since, set: false, told: anchor, patience, apart: None, jumps: VecDeque::new() }
    }

    pub fn is_set(&self) -> bool {
        self.set
    }

    /// The time at this moment.
    pub fn at(&mut self, moment: Instant) -> OffsetDateTime {
        self.told = self.told.max(self.reads(moment));
        self.told
    }

    fn reads(&self, moment: Instant) -> OffsetDateTime {
        match moment.checked_duration_since(self.since) {
            Some(later) => self.anchor + later,
            None => self.anchor - self.since.duration_since(moment),
        }
    }

    /// Holds it against the clock it goes by.
    pub fn compare(&mut self, reading: Reading) -> Drifted {
        let Reading { time, sent, received } = reading;
        let error = time::Duration::try_from(received.duration_since(sent) / 2).unwrap_or(SLOW);
        let middle = sent + received.duration_since(sent) / 2;
        if !self.set {
            (self.anchor, self.since, self.told, self.set) = (time, middle, time, true);
            return Drifted::Set;
        }
        if error > SLOW {
            return Drifted::Unsure;
        }
        let offset = time - self.reads(middle);
        let beyond = offset.abs() - error;
        if beyond <= DRIFT {
            self.apart = None;
            let step = beyond.clamp(time::Duration::ZERO, SLEW);
            self.anchor += if offset.is_negative() { -step } else { step };
            return Drifted::Little;
        }
        self.doubt(offset, received)
    }

    /// What is followed is what stands: a clock that is set wrong, and back again soon after, is better not followed.
    fn doubt(&mut self, offset: time::Duration, moment: Instant) -> Drifted {
        let since = match self.apart {
            Some((since, before)) if (offset - before).abs() <= DRIFT * 2 => since,
            _ => moment,
        };
        if moment.duration_since(since) < self.patience {
            self.apart = Some((since, offset));
            return Drifted::Apart(offset);
        }
        self.apart = None;
        let from = self.at(moment);
        self.anchor += offset;
        self.told = self.reads(moment);
        self.remember(Jump { from, to: self.told });
        Drifted::Jumped(offset)
    }

    /// The jump from where another process left off, `from`, to here.
    pub fn resume(&mut self, from: OffsetDateTime, moment: Instant) -> time::Duration {
        let jump = Jump { from, to: self.at(moment) };
        self.remember(jump);
        jump.by()
    }

    fn remember(&mut self, jump: Jump) {
        if self.jumps.len() == REMEMBERED {
            self.jumps.pop_front();
        }
        self.jumps.push_back(jump);
    }

    /// What was written on any of the lines so far, on this one.
    pub fn translate(&mut self, written: OffsetDateTime, moment: Instant) -> OffsetDateTime {
        let now = self.at(moment);
        let moved = self.jumps.iter().fold(written, |written, jump| {
            let forward = jump.to > jump.from;
            // A jump forward leaves out times: what is before it is of the old line. One back has some times twice; what lies
            // ahead is surely of the old line, the rest is taken as it stands.
            let old = if forward { written <= jump.from } else { written > now.max(jump.to) };
            if old { written + jump.by() } else { written }
        });
        moved.min(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: time::Duration = time::Duration::HOUR;

    fn second(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// A line that was set to `noon` at the instant that comes with it.
    fn set(patience: Duration) -> (Line, OffsetDateTime, Instant) {
        let (noon, begin) = (time::macros::datetime!(2026-01-31 12:00 UTC), Instant::now());
        let mut line = Line::new(noon - HOUR, begin, patience);
        assert_eq!(line.compare(Reading { time: noon, sent: begin, received: begin }), Drifted::Set);
        (line, noon, begin)
    }

    fn says(time: OffsetDateTime, at: Instant) -> Reading {
        Reading { time, sent: at, received: at }
    }

    #[test]
    fn it_goes_by_the_first_reading_and_then_by_the_monotonic_clock() {
        let (mut line, noon, begin) = set(second(60));
        assert_eq!(line.at(begin + second(90)), noon + second(90));
        assert!(line.is_set());
    }

    #[test]
    fn drift_is_made_up_for_little_by_little_and_time_does_not_go_back() {
        let (mut line, noon, begin) = set(second(0));
        let mut last = noon;
        for n in 1..=10 {
            let at = begin + second(n);
            // 300 ms behind.
            let behind = noon + second(n) - Duration::from_millis(300);
            assert_eq!(line.compare(says(behind, at)), Drifted::Little);
            assert!(line.at(at) >= last, "it does not go back");
            last = line.at(at);
        }
        assert_eq!(last, noon + second(10) - Duration::from_millis(300));
    }

    #[test]
    fn a_slow_answer_is_believed_as_far_as_it_goes() {
        let (mut line, noon, begin) = set(second(0));
        // It was read any time within three seconds: a second off says nothing, three do.
        let slow = |time| Reading { time, sent: begin, received: begin + second(3) };
        assert_eq!(line.compare(slow(noon + second(3))), Drifted::Little);
        assert_eq!(line.at(begin + second(4)), noon + second(4));
        assert!(matches!(line.compare(slow(noon + second(5))), Drifted::Jumped(_)));
        let later = Reading { time: noon + HOUR, sent: begin, received: begin + second(9) };
        assert_eq!(line.compare(later), Drifted::Unsure);
    }

    #[test]
    fn a_jump_is_followed_when_it_stands() {
        let (mut line, noon, begin) = set(second(60));
        let back = |n| says(noon + second(n) - HOUR, begin + second(n));
        assert_eq!(line.compare(back(1)), Drifted::Apart(-HOUR));
        assert_eq!(line.compare(back(59)), Drifted::Apart(-HOUR));
        assert_eq!(line.at(begin + second(60)), noon + second(60), "as if nothing had been");
        // Set back before the minute was over, and wrong again: the minute begins anew.
        assert_eq!(line.compare(says(noon + second(60), begin + second(60))), Drifted::Little);
        assert_eq!(line.compare(back(61)), Drifted::Apart(-HOUR));
        assert_eq!(line.compare(back(121)), Drifted::Jumped(-HOUR));
        assert_eq!(line.at(begin + second(121)), noon + second(121) - HOUR);
    }

    #[test]
    fn what_was_written_before_a_jump_is_as_old_as_it_is() {
        for jump in [HOUR, -HOUR, time::Duration::days(8), time::Duration::seconds(-90)] {
            let (mut line, noon, begin) = set(second(0));
            let created = line.at(begin + second(10));
            assert_eq!(
                line.compare(says(noon + second(11) + jump, begin + second(11))),
                Drifted::Jumped(jump)
            );
            let later = begin + second(25);
            let age = line.at(later) - line.translate(created, later);
            assert_eq!(age, time::Duration::seconds(15), "{jump}");
        }
    }

    #[test]
    fn there_and_back_again() {
        for jump in [time::Duration::days(8), -HOUR] {
            let (mut line, noon, begin) = set(second(0));
            let first = line.at(begin + second(1));
            line.compare(says(noon + second(2) + jump, begin + second(2)));
            let between = line.at(begin + second(3));
            line.compare(says(noon + second(4), begin + second(4)));
            let later = begin + second(20);
            let age = |line: &mut Line, written| line.at(later) - line.translate(written, later);
            assert_eq!(age(&mut line, first), time::Duration::seconds(19), "{jump}");
            assert_eq!(age(&mut line, between), time::Duration::seconds(17), "{jump}");
        }
    }

    #[test]
    fn the_time_a_process_was_stopped_is_a_jump_too() {
        let (mut line, noon, begin) = set(second(60));
        let left_off = noon - time::Duration::days(8);
        assert_eq!(line.resume(left_off, begin), time::Duration::days(8));
        let created = left_off - second(5);
        assert_eq!(line.translate(created, begin + second(2)), noon - second(5));
        let ahead = noon + time::Duration::days(1);
        assert_eq!(
            line.translate(ahead, begin + second(2)),
            noon + second(2),
            "nothing was written after now"
        );
    }
}
