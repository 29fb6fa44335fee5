//! The `Timekeeper`: holds this process's clock against the one that all instances go by, and has the store remember
//! what that one has shown.
//!
//! Owns nothing: the clock outlives it. Every two seconds it reads the store's clock and shows as metrics how far the
//! machine's is from it, and how far the driver index's; every ten it leaves a mark in the store, and makes messages due that
//! wait for a moment no clock that goes right would have named. A store that does not answer is its condition; the clock then
//! goes on by itself. When it dies, the next one goes on. Several of them mark the same time once.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;
use tropa_supervision::{Every, Loop, Pulse, Recurring, Ref, Schedule};

use crate::kit::{EDGE, Kit, mailbox};
use crate::metrics::Metrics;
use crate::port::{Chronicle, Clock, ClockState, DriverIndex, Outbox, Reading, StoreError};

/// Between two readings.
const ROUND: Duration = Duration::from_secs(2);

/// Between two marks.
const MARK: Duration = Duration::from_secs(10);

/// What a timekeeper works with.
#[derive(Clone)]
pub struct TimekeeperPorts {
    /// The clock to go by, and its history.
    pub chronicle: Arc<dyn Chronicle>,
    /// The clock that goes by it.
    pub clock: Arc<dyn Clock>,
    /// Another clock: the one by which drivers fall silent.
    pub index: Arc<dyn DriverIndex>,
    /// Where messages wait.
    pub outbox: Arc<dyn Outbox>,
    /// No message waits longer.
    pub longest_wait: Duration,
    /// Where it is shown.
    pub metrics: Arc<Metrics>,
}

/// Keeps the time.
pub struct Timekeeper {
    ports: TimekeeperPorts,
    marked: Option<Instant>,
}

impl Timekeeper {
    pub(crate) fn place(kit: &Kit) -> Ref<Loop<Recurring<Self>>> {
        kit.every("timekeeper", mailbox(16).arbiter(EDGE), |kit| {
            Self::new(TimekeeperPorts {
                chronicle: kit.ports.chronicle.clone(),
                clock: kit.ports.clock.clone(),
                index: kit.ports.index.clone(),
                outbox: kit.ports.outbox.clone(),
                longest_wait: kit.settings.longest_wait(),
                metrics: kit.metrics.clone(),
            })
        })
    }

    /// A timekeeper over these ports.
    pub fn new(ports: TimekeeperPorts) -> Self {
        Self { ports, marked: None }
    }
}

impl TimekeeperPorts {
    /// Reads, shows, and marks when it is time to. Returns when it marked last.
    async fn round(&self, marked: Option<Instant>) -> Result<Option<Instant>, StoreError> {
        let before = self.clock.state();
        let heard = self.chronicle.time().await;
        if let Ok(reading) = heard {
            self.clock.compare(reading);
        }
        let state = self.clock.state();
        self.show(state);
        heard?;
        // One that does not answer now is as far away as it was.
        if let Ok(reading) = self.index.time().await {
            self.metrics
                .clock
                .index_skew
                .set(ahead(reading, self.clock.now(), Instant::now()).as_seconds_f64());
        }
        let jumped = (before.forward, before.backward) != (state.forward, state.backward);
        if !jumped && marked.is_some_and(|marked| marked.elapsed() < MARK) {
            return Ok(marked);
        }
        let now = Instant::now();
        self.chronicle.mark(marked.map_or(Duration::ZERO, |marked| now - marked)).await?;
        let hastened = self.outbox.hasten_beyond(self.longest_wait).await?;
        if hastened > 0 {
            tracing::warn!(messages = hastened, "messages waited for a moment that a wrong clock had named");
        }
        Ok(Some(now))
    }

    fn show(&self, ClockState { skew, forward, backward, .. }: ClockState) {
        self.metrics.clock.skew.set(skew.as_seconds_f64());
        for (direction, jumps) in [("forward", forward), ("backward", backward)] {
            let counter = self.metrics.clock.jumps.with_label_values(&[direction]);
            counter.inc_by(jumps.saturating_sub(counter.get()));
        }
    }
}

/// How far the clock that was read is ahead of ours, which shows `now` at `moment`. It was read somewhere between question and
/// answer: what lies within their distance is not told apart from nothing.
fn ahead(Reading { time, sent, received }: Reading, now: OffsetDateTime, moment: Instant) -> time::Duration {
    let apart = time + (moment - received) - now;
    let asked = received - sent;
    if apart > time::Duration::ZERO { apart } else { (apart + asked).min(time::Duration::ZERO) }
}

impl Every for Timekeeper {
    fn schedule(&self) -> Schedule {
        Schedule::every(ROUND)
    }

    async fn round(&mut self, pulse: &Pulse) {
        let outcome = self.ports.round(self.marked).await;
        pulse.note(outcome.as_ref().err().map(ToString::to_string));
        self.marked = outcome.unwrap_or(self.marked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_off_by_no_more_than_is_known() {
        let (sent, now) = (Instant::now(), OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000));
        let (received, moment) = (sent + Duration::from_secs(2), sent + Duration::from_secs(3));
        // Ours showed `now - 3 s` when it was asked and `now - 1 s` when the answer was there.
        let off = |seconds: i64| {
            let time = now + time::Duration::seconds(seconds);
            ahead(Reading { time, sent, received }, now, moment).whole_seconds()
        };
        assert_eq!([off(-1), off(-2), off(-3)], [0; 3], "it was asked for two seconds");
        assert_eq!((off(9), off(-13)), (10, -10));
    }
}
