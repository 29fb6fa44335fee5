//! Whether Redis is away: then calls fail at once, but for one now and then that looks whether it is back.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Between looks: doubled from the first to the last.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// What is known of it.
pub(super) struct Outage {
    /// A look takes no longer.
    look: Duration,
    state: Mutex<Option<State>>,
    begun: Notify,
}

struct State {
    pause: Duration,
    /// Nobody looks before then.
    until: Instant,
    why: String,
}

impl Outage {
    pub fn new(look: Duration) -> Self {
        Self { look, state: Mutex::new(None), begun: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, Option<State>> {
        // Replaced in one step: a panic under the lock leaves nothing half-done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call may go out. While Redis is away that is one call at a time, after each pause.
    pub fn admit(&self, now: Instant) -> Result<(), String> {
        match &mut *self.state() {
            Some(State { until, why, .. }) if now < *until => Err(why.clone()),
            Some(State { until, .. }) => {
                // This call is the look. If nobody waits for its end, the next look is after its time.
                *until = now + self.look;
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
            if let Some(State { why, .. }) = &*self.state() {
                return why.clone();
            }
        }
    }

    /// A call or a connection failed.
    pub fn begins(&self, why: &str, now: Instant) {
        let mut state = self.state();
        let pause = if let Some(before) = &*state {
            (before.pause * 2).min(PAUSE.1)
        } else {
            tracing::warn!(why, "Redis does not answer");
            PAUSE.0
        };
        // Half of it at random: instances that lost the same server do not come back in step.
        let until = now + pause.mul_f64(0.5 + fastrand::f64() / 2.0);
        *state = Some(State { pause, until, why: why.to_owned() });
        drop(state);
        self.begun.notify_waiters();
    }

    /// A call was answered.
    pub fn ends(&self) {
        if self.state().take().is_some() {
            tracing::info!("Redis answers again");
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
        for round in 0..8 {
            outage.begins("refused", now);
            let pause = (PAUSE.0 * 2_u32.pow(round)).min(PAUSE.1);
            assert_eq!(outage.admit(now + pause.mul_f64(0.49)), Err("refused".to_owned()), "round {round}");
            now += pause;
            assert_eq!(outage.admit(now), Ok(()), "round {round}");
            assert!(outage.admit(now).is_err(), "a second look in round {round}");
        }
        now += outage.look;
        assert_eq!(outage.admit(now), Ok(()), "nobody waited for the last look's end");
        outage.ends();
        assert_eq!((outage.admit(now), outage.admit(now)), (Ok(()), Ok(())));
    }

    #[tokio::test]
    async fn who_waits_for_a_connection_is_told() {
        let outage = Outage::new(Duration::from_millis(250));
        let begin = async { outage.begins("refused", Instant::now()) };
        let (why, ()) = tokio::join!(outage.noticed(), begin);
        assert_eq!(why, "refused");
    }
}
