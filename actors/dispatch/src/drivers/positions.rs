//! Where drivers are: into the index at once, into the store behind it in batches.
//!
//! A position is worth nothing a minute later, so a caller does not wait for a disk. What the store has is only what a
//! restart begins with.

use std::collections::BTreeSet;
use std::rc::Rc;

use actix::prelude::*;
use time::OffsetDateTime;
use tropa_supervision::{Answering, Context, Pulse, Step};

use super::hearing::{Hearing, hear};
use super::restore::lost;
use super::{DriverError, DriverRegistry, PositionsReported, ReportPositions, Shelf};
use crate::domain::{DriverId, Position, Report};
use crate::port::{DriverIndex, DriverStore, Reported, StoreError};

const SAVING: Step = Step::new("saving positions");

/// Positions in one transaction: the store has orders to write as well.
const SAVED_AT_ONCE: usize = 500;

type Positions = Vec<(DriverId, Position)>;

/// Reports, and returns what of it the store should know: nothing of drivers that nobody knows; and whether they may only
/// be unknown because the index has lost them.
async fn report(
    index: &dyn DriverIndex,
    mut positions: Positions,
) -> Result<(Reported, Positions, bool), DriverError> {
    let reported = index.report(positions.clone()).await?;
    if reported.unknown.is_empty() {
        return Ok((reported, positions, false));
    }
    let mut places = 0..;
    positions.retain(|_| places.next().is_none_or(|place| reported.unknown.binary_search(&place).is_err()));
    Ok((reported, positions, lost(index).await?))
}

/// Who says 0,0 has a phone that lives, and no fix: in a garage they are where they were, heard of now. Who was silent needs a
/// fix to come back: they may be anywhere. Returns what the store should know of it.
async fn still_there(
    index: &dyn DriverIndex,
    nowhere: BTreeSet<DriverId>,
    now: OffsetDateTime,
) -> Result<Positions, DriverError> {
    let mut heard = Positions::new();
    for id in nowhere {
        let known = index.get(&id).await?.filter(|driver| !driver.silent);
        if let Some(last) = known.and_then(|driver| driver.position) {
            heard.push((id, last.heard(now)));
        }
    }
    if !heard.is_empty() {
        index.report(heard.clone()).await?;
    }
    Ok(heard)
}

/// Returns what is to be saved later, and why. A batch that the store cannot digest is given up: whatever is wrong with it
/// would be wrong again, and would keep back who shares the batch with it. Drivers report again.
async fn save(
    store: &dyn DriverStore,
    positions: Positions,
    pulse: &Pulse,
) -> (Positions, Option<StoreError>) {
    let mut failure = None;
    for (number, batch) in positions.chunks(SAVED_AT_ONCE).enumerate() {
        pulse.at(SAVING);
        match store.save_positions(batch.to_vec()).await {
            Ok(()) => {}
            Err(error @ StoreError::Fault(_)) => {
                tracing::warn!(%error, positions = batch.len(), "positions given up");
                failure = Some(error);
            }
            Err(error) => return (positions[number * SAVED_AT_ONCE..].to_vec(), Some(error)),
        }
    }
    (Vec::new(), failure)
}

impl Shelf {
    pub(super) fn keep(&self, positions: Positions) {
        let mut unsaved = self.unsaved.borrow_mut();
        for (id, position) in positions {
            let kept = unsaved.entry(id).or_insert(position);
            *kept = kept.hearing(position);
        }
    }

    pub(super) async fn save_positions(&self, pulse: &Pulse) {
        let positions: Positions = self.unsaved.borrow_mut().drain().collect();
        if positions.is_empty() {
            return;
        }
        let (unsaved, failure) = save(&*self.ports.drivers, positions, pulse).await;
        self.keep(unsaved);
        match failure {
            Some(error) => pulse.note(format!("positions not saved: {error}")),
            // Until it is restored, that is what is wrong.
            None if self.restored.get() => pulse.note(None),
            None => {}
        }
    }

    async fn report(
        self: Rc<Self>,
        reports: Vec<(DriverId, Report)>,
    ) -> Result<PositionsReported, DriverError> {
        let now = self.ports.clock.now();
        let Hearing { positions, places, nowhere, outcome } = hear(reports, now);
        self.keep(still_there(&*self.ports.index, nowhere, now).await?);
        let (reported, known, lost) = report(&*self.ports.index, positions).await?;
        self.keep(known);
        if lost {
            self.restore_lost();
        }
        let outcome = outcome.with(reported, &places);
        outcome.count(&self.ports.metrics);
        if !outcome.unknown.is_empty() && !self.restored.get() {
            return Err(DriverError::Restoring);
        }
        Ok(outcome)
    }
}

impl Handler<ReportPositions> for DriverRegistry {
    type Result = Answering<Result<PositionsReported, DriverError>>;

    fn handle(&mut self, ReportPositions(reports): ReportPositions, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.shelf.clone().report(reports))
    }
}
