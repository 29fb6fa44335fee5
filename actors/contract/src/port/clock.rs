//! What time it is.

mod disciplined;
mod line;

use time::{Duration, OffsetDateTime};
use tokio::time::Instant;

pub use disciplined::DisciplinedClock;
pub use line::{Drifted, Reading};

/// What time it is, for everything that is stored or decided by a date. Durations inside the process use `tokio::time`,
/// which tests can pause.
pub trait Clock: Send + Sync + 'static {
    /// Now, UTC, in whole microseconds: what both databases can store.
    fn now(&self) -> OffsetDateTime;

    /// Compares it with the clock it goes by. One that goes by no other ignores it.
    fn compare(&self, _reading: Reading) {}

    /// How it stands.
    fn state(&self) -> ClockState {
        ClockState { set: true, ..ClockState::default() }
    }

    /// A time that may have been written before the clock was set to another one, as it would be written now: what has
    /// passed since is what has really passed. Never after [`now`](Self::now).
    fn translate(&self, written: OffsetDateTime) -> OffsetDateTime {
        written.min(self.now())
    }
}

/// How a clock stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockState {
    /// Whether it was ever compared with the clock it goes by. Until then nothing may be decided by it.
    pub set: bool,
    /// How far the machine's clock is ahead of it.
    pub skew: Duration,
    /// How often it had to follow a jump forward.
    pub forward: u64,
    /// How often it had to follow a jump back.
    pub backward: u64,
}

/// The machine's clock. What somebody does to it shows at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    /// What the machine says, as a reading of a clock to go by.
    pub fn read(self) -> Reading {
        let sent = Instant::now();
        Reading { time: self.now(), sent, received: sent }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        whole_micros(OffsetDateTime::now_utc())
    }
}

fn whole_micros(at: OffsetDateTime) -> OffsetDateTime {
    at.replace_nanosecond(at.nanosecond() / 1_000 * 1_000).unwrap_or(at)
}
