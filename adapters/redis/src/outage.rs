//! Whether Redis is away: then calls fail at once, but for one now and then that looks whether it is back.
//!
//! A connection that cannot be made, or is lost, says so, and so does a server that answers and cannot work. A late reply does
//! not while others come in: on a machine that is busy to the last core each call may be late now and then, and a Redis taken
//! for dead stops all dispatch.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tropa_contract::port::{Backoff, Jitter, Pauses};

/// Between looks: doubled by every look that finds nothing.
const PAUSE: Backoff = Backoff::between(Duration::from_millis(50), Duration::from_secs(2));

/// What is known of it.
pub(super) struct Outage {
    /// A look takes no longer.
    look: Duration,
    state: Mutex<State>,
    begun: Notify,
}

#[derive(Default)]
struct State {
    /// When a reply was last seen, on any connection.
    answered: Option<Instant>,
    away: Option<Away>,
}

struct Away {
    /// Half of them at random: instances that lost the same server do not come back in step.
    pauses: Pauses,
    /// A look is under way.
    looking: bool,
    /// Nobody looks before then.
    until: Instant,
    why: String,
}

impl Outage {
    pub fn new(look: Duration) -> Self {
        Self { look, state: Mutex::default(), begun: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Replaced in one step: a panic under the lock leaves nothing half-done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call may go out. While Redis is away that is one call at a time, after each pause.
    pub fn admit(&self, now: Instant) -> Result<(), String> {
        match &mut self.state().away {
            Some(Away { until, why, .. }) if now < *until => Err(why.clone()),
            Some(away) => {
                // This call is the look. If nobody waits for its end, the next look is after its time.
                (away.looking, away.until) = (true, now + self.look);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Completes when Redis turns out to be away, with the reason.
    pub async fn noticed(&self) -> String {
        loop {
            let begun = self.begun.notified();
            tokio::pin!(begun);
            begun.as_mut().enable();
            begun.await;
            if let Some(Away { why, .. }) = &self.state().away {
                return why.clone();
            }
        }
    }

    /// A call or a connection failed.
    pub fn begins(&self, why: &str, now: Instant) {
        Self::begin(&mut self.state(), why, now);
        self.begun.notify_waiters();
    }

    /// A request that was sent at `sent` is still unanswered. Redis is away when nothing was heard for half a look, counted
    /// from this request at the earliest.
    pub fn late(&self, why: &str, sent: Instant, now: Instant) {
        let mut state = self.state();
        let heard = state.answered.map_or(sent, |answered| answered.max(sent));
        if now.saturating_duration_since(heard) >= self.look / 2 {
            Self::begin(&mut state, why, now);
            drop(state);
            self.begun.notify_waiters();
        }
    }

    fn begin(state: &mut State, why: &str, now: Instant) {
        let mut pauses = match &state.away {
            None => {
                tracing::warn!(why, "Redis cannot be used");
                PAUSE.pauses(Jitter::Half)
            }
            Some(Away { looking: true, pauses, .. }) => *pauses,
            // What else was under way when it went away fails at the same moment: that is one silence.
            Some(_) => return,
        };
        let until = now + pauses.longer();
        state.away = Some(Away { pauses, looking: false, until, why: why.to_owned() });
    }

    /// A call was answered.
    pub fn ends(&self, now: Instant) {
        let mut state = self.state();
        state.answered = Some(now);
        if state.away.take().is_some() {
            tracing::info!("Redis can be used again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_looks_after_each_pause_and_the_pauses_grow() {
        let (outage, mut now) = (Outage::new(Duration::from_millis(250)), Instant::now());
        assert_eq!(outage.admit(now), Ok(()));
        for round in 1..=8 {
            outage.begins("refused", now);
            let pause = PAUSE.ceiling(round);
            assert_eq!(outage.admit(now + pause.mul_f64(0.49)), Err("refused".to_owned()), "round {round}");
            now += pause;
            assert_eq!(outage.admit(now), Ok(()), "round {round}");
            assert!(outage.admit(now).is_err(), "a second look in round {round}");
        }
        now += outage.look;
        assert_eq!(outage.admit(now), Ok(()), "nobody waited for the last look's end");
        outage.ends(now);
        assert_eq!((outage.admit(now), outage.admit(now)), (Ok(()), Ok(())));
    }

    #[test]
    fn what_fails_together_is_one_silence() {
        let (outage, now) = (Outage::new(Duration::from_millis(250)), Instant::now());
        (0..32).for_each(|_| outage.begins("lost", now));
        assert_eq!(outage.admit(now + PAUSE.initial), Ok(()), "the pause is still the first one");
        outage.begins("refused", now + PAUSE.initial);
        outage.begins("lost", now + PAUSE.initial);
        assert!(outage.admit(now + PAUSE.initial * 3 / 2).is_err(), "the look doubled it");
        assert_eq!(outage.admit(now + PAUSE.initial * 3), Ok(()), "once");
    }

    #[test]
    fn a_late_reply_is_no_outage_while_others_come_in() {
        let look = Duration::from_millis(250);
        let (outage, sent) = (Outage::new(look), Instant::now());
        outage.ends(sent + look.mul_f64(0.6));
        outage.late("late", sent, sent + look);
        assert_eq!(outage.admit(sent + look), Ok(()), "another call was answered meanwhile");
        let waited = sent + look * 3;
        outage.late("late", waited, waited + look / 4);
        assert_eq!(outage.admit(waited), Ok(()), "it was hardly sent");
        outage.late("late", waited, waited + look);
        assert_eq!(outage.admit(waited + look), Err("late".to_owned()), "nobody hears anything");
    }

    #[tokio::test]
    async fn who_waits_for_a_connection_is_told() {
        let outage = Outage::new(Duration::from_millis(250));
        let begin = async { outage.begins("refused", Instant::now()) };
        let (why, ()) = tokio::join!(outage.noticed(), begin);
        assert_eq!(why, "refused");
    }
}
