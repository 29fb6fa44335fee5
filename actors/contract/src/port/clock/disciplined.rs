//! A clock that goes by another one.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

use super::{
    Clock, ClockState, SystemClock,
    line::{Drifted, Line, Reading},
    whole_micros,
};

/// So long the machine's clock must stand elsewhere before a process that has no better one follows it.
const STANDS: Duration = Duration::from_mins(1);

/// The one clock of a process: set by the store's, or by the machine's where there is no other, and counted on by the
/// monotonic clock.
#[derive(Debug)]
pub struct DisciplinedClock(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    line: Line,
    forward: u64,
    backward: u64,
    /// An `Apart` was told of.
    told: bool,
}

impl DisciplinedClock {
    /// Goes by a clock that is still to be heard, and follows it at once.
    pub fn unset() -> Self {
        Self::new(Duration::ZERO)
    }

    /// Goes by the machine's clock as it is now. Should that be set while the process runs, it is followed after a minute.
    pub fn of_machine() -> Self {
        let clock = Self::new(STANDS);
        clock.compare(SystemClock.read());
        clock
    }

    fn new(patience: Duration) -> Self {
        let line = Line::new(SystemClock.now(), Instant::now(), patience);
        Self(Mutex::new(Inner { line, forward: 0, backward: 0, told: false }))
    }

    /// Goes on from the time at which the process before this one was last seen, by the same clock. Time in which nobody
    /// ran, or in which the clock was set, is no time that anything has waited.
    pub fn resume(&self, left_off: OffsetDateTime) {
        let mut inner = self.inner();
        let jump = inner.line.resume(left_off, Instant::now());
        if jump.is_negative() {
            inner.backward += 1;
            tracing::warn!(
                seconds = jump.as_seconds_f64(),
                "the machine's clock stands before what was written last"
            );
        } else {
            tracing::info!(seconds = jump.as_seconds_f64(), "went on after a stop, or a jump of the clock");
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Every step leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn note(&mut self, drifted: Drifted) {
        match drifted {
            Drifted::Set | Drifted::Little => self.told = false,
            Drifted::Unsure => {}
            Drifted::Apart(by) => {
                if !std::mem::replace(&mut self.told, true) {
                    tracing::warn!(seconds = by.as_seconds_f64(), "the clock was set; not followed yet");
                }
            }
            Drifted::Jumped(by) => {
                self.told = false;
                *(if by.is_negative() { &mut self.backward } else { &mut self.forward }) += 1;
                tracing::warn!(
                    seconds = by.as_seconds_f64(),
                    "the clock that this process goes by has jumped"
                );
            }
        }
    }
}

impl Clock for DisciplinedClock {
    fn now(&self) -> OffsetDateTime {
        whole_micros(self.inner().line.at(Instant::now()))
    }

    fn compare(&self, reading: Reading) {
        let mut inner = self.inner();
        let drifted = inner.line.compare(reading);
        inner.note(drifted);
    }

    fn state(&self) -> ClockState {
        let mut inner = self.inner();
        let skew = OffsetDateTime::now_utc() - inner.line.at(Instant::now());
        let set = inner.line.is_set();
        ClockState { set, skew, forward: inner.forward, backward: inner.backward }
    }

    fn translate(&self, written: OffsetDateTime) -> OffsetDateTime {
        self.inner().line.translate(written, Instant::now())
    }
}
