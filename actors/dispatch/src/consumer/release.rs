//! Giving back the drivers of orders that ended.

use std::time::Duration;

use time::OffsetDateTime;
use tropa_supervision::Jitter;

use super::Worker;
use super::delivery::Failure;
use crate::breaker::{BreakerState, GetBreaker};
use crate::domain::{Envelope, EventId, EventPayload, Topic, WaitReason};
use crate::fleet_client::ReleaseDriver;
use crate::port::{Assignment, Change, FleetError, Postponement};

/// A release that fails is tried again at least this often, for as long as it takes.
const WAIT_MAX: Duration = Duration::from_mins(1);

impl Worker {
    /// Gives back the driver of an order that ended.
    pub(super) async fn release(&self, envelope: &Envelope) -> Result<(), Failure> {
        let payload: EventPayload = serde_json::from_str(&envelope.payload)
            .map_err(|e| Failure::Bad(format!("unreadable payload: {e}")))?;
        if let Some((driver_id, token)) = payload.event.kind.released() {
            let claim = Assignment { driver_id, order_id: envelope.order_id.clone(), token };
            if !self.released(claim).await? {
                return self.release_later(envelope, payload.event.at).await;
            }
        }
        Ok(self.commit(envelope.event_id, Change::Nothing).await?)
    }

    /// False when the fleet service does not answer.
    async fn released(&self, claim: Assignment) -> Result<bool, Failure> {
        // The breaker learns from searches only, but what it knows holds for releases too.
        let open =
            self.searchers.breaker.ask(GetBreaker).await.is_ok_and(|fleet| fleet.state == BreakerState::Open);
        if open {
            return Ok(false);
        }
        match self.searchers.client.ask(ReleaseDriver(claim)).await {
            Ok(Err(error @ FleetError::Refused(_))) => Err(Failure::Bad(format!("release: {error}"))),
            answer => Ok(matches!(answer, Ok(Ok(_)))),
        }
    }

    async fn release_later(&self, envelope: &Envelope, ended: OffsetDateTime) -> Result<(), Failure> {
        let now = self.clock.now();
        let again = Envelope {
            event_id: EventId::fresh(),
            topic: Topic::ReleaseRequested,
            created_at: now,
            ..envelope.clone()
        };
        let postponement = Postponement {
            envelope: again,
            due_at: now + wait(now - ended, self.settings.retry_initial, fastrand::f64()),
            reason: Some(WaitReason::Fleet),
            unless_pending: false,
        };
        Ok(self.commit(envelope.event_id, Change::Postpone(Box::new(postponement))).await?)
    }
}

/// As long again as it has been tried, so that the wait doubles without anybody counting; `share` is the jitter, 0 to 1.
fn wait(tried_for: time::Duration, initial: Duration, share: f64) -> Duration {
    let tried_for = Duration::try_from(tried_for).unwrap_or_default();
    Jitter::Half.of(tried_for.max(initial).min(WAIT_MAX), share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_wait_longer_and_longer_up_to_a_minute() {
        let mut tried_for = time::Duration::seconds(-1);
        let waits = (0..9).map(|_| {
            let wait = wait(tried_for, Duration::from_secs(1), 1.0);
            tried_for = tried_for.max(time::Duration::ZERO) + wait;
            wait.as_secs()
        });
        assert_eq!(waits.collect::<Vec<_>>(), [1, 1, 2, 4, 8, 16, 32, 60, 60]);
        let jittered = wait(time::Duration::hours(1), Duration::from_secs(1), 0.0);
        assert_eq!(jittered, Duration::from_secs(30));
    }
}
