//! What aggregates have the recorder remember.

use std::borrow::Cow;
use std::time::Instant;

use super::desk::Desk;
use crate::breaker::SearchError;
use crate::domain::{DriverId, EventId, LaneStage, Order, OrderId};
use crate::port::{Applied, Claim};
use crate::recorder::{Note, Wanted};

impl Desk {
    /// What was decided is committed.
    pub(super) fn decided(&self, order: &OrderId, attempt: u32, began: Instant, what: &'static str) {
        let (stage, ended, detail) = (LaneStage::Decided, Instant::now(), Some(what.into()));
        self.recorder.note(order, [Note { stage, attempt, began, ended, detail }]);
    }

    /// The event turned out to be answered by somebody else when this answer was to be committed.
    pub(super) fn note_duplicate(&self, order: &OrderId, event: Option<EventId>, applied: &Applied) {
        if let (Applied::Duplicate, Some(event)) = (applied, event) {
            self.recorder.suppressed(order, event, "another consumer had committed its answer first");
        }
    }

    /// A search is over; who else could have been found is looked at soon.
    pub(super) fn searched(
        &self,
        order: &Order,
        excluded: &[DriverId],
        began: Instant,
        answer: &Result<Option<Claim>, SearchError>,
    ) {
        let note = |stage, detail: Cow<'static, str>| Note {
            stage,
            attempt: 0,
            began,
            ended: Instant::now(),
            detail: Some(detail),
        };
        match answer {
            Ok(Some(claim)) => {
                let found = format!("{}, {:.0} m away", claim.driver_id, claim.distance_m);
                let claimed = note(LaneStage::Claimed, found.into());
                let claimed = Note { began: claimed.ended, ..claimed };
                self.recorder.note(&order.id, [note(LaneStage::Searched, "found".into()), claimed]);
            }
            Ok(None) => self.recorder.note(&order.id, [note(LaneStage::Searched, "nobody is free".into())]),
            Err(error) => {
                self.recorder.note(&order.id, [note(LaneStage::Searched, error.to_string().into())]);
            }
        }
        if let Ok(claim) = answer {
            self.recorder.want(|| Wanted {
                order: order.id.clone(),
                pickup: order.details.pickup.unwrap_or(self.settings.default_pickup),
                radii_m: self.settings.search_radii_m.clone(),
                excluded: excluded.to_vec(),
                claim: claim.clone(),
                at: began,
            });
        }
    }
}
