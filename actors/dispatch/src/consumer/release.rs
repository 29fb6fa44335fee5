//! Giving back the drivers of orders that ended.

use super::delivery::{Failure, Worker};
use crate::domain::{Envelope, EventId, EventKind, EventPayload, Topic, WaitReason};
use crate::fleet_client::ReleaseDriver;
use crate::port::{Assignment, Change, Postponement};

impl Worker {
    /// Gives back the driver of an order that ended.
    pub(super) async fn release(&self, envelope: &Envelope) -> Result<(), Failure> {
        let payload: EventPayload = serde_json::from_str(&envelope.payload)
            .map_err(|e| Failure::Bad(format!("unreadable payload: {e}")))?;
        let claim = match payload.event.kind {
            EventKind::Cancelled { driver_id: Some(driver), claim_token: Some(token), .. } => {
                Some((driver, token))
            }
            EventKind::Delivered { driver_id, claim_token } => Some((driver_id, claim_token)),
            _ => None,
        };
        if let Some((driver_id, token)) = claim {
            let claim = Assignment { driver_id, order_id: envelope.order_id.clone(), token };
            if !matches!(self.client.ask(ReleaseDriver(claim)).await, Ok(Ok(_))) {
                return self.release_later(envelope).await;
            }
        }
        Ok(self.commit(envelope.event_id, Change::Nothing).await?)
    }

    async fn release_later(&self, envelope: &Envelope) -> Result<(), Failure> {
        let now = self.clock.now();
        let again = Envelope {
            event_id: EventId::fresh(),
            topic: Topic::ReleaseRequested,
            created_at: now,
            ..envelope.clone()
        };
        let wait = self.settings.retry_initial.mul_f64(1.0 + fastrand::f64());
        let postponement = Postponement {
            envelope: again,
            due_at: now + wait,
            reason: Some(WaitReason::Fleet),
            unless_pending: false,
        };
        Ok(self.commit(envelope.event_id, Change::Postpone(Box::new(postponement))).await?)
    }
}
