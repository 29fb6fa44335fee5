//! What time it is.

use time::OffsetDateTime;

/// Wall-clock time. Deadlines inside the process use `tokio::time`, which tests can pause.
pub trait Clock: Send + Sync + 'static {
    /// Now, UTC, in whole microseconds: what both databases can store.
    fn now(&self) -> OffsetDateTime;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        let now = OffsetDateTime::now_utc();
        now.replace_nanosecond(now.nanosecond() / 1_000 * 1_000).unwrap_or(now)
    }
}
