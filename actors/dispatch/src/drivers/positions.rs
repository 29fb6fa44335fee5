//! Where drivers are: into the index at once, into the store behind it in batches.
//!
//! A position is worth nothing a minute later, so a caller does not wait for a disk. What the store has is only what a
//! restart begins with.

use std::sync::Arc;

use actix::prelude::*;
use tropa_supervision::Context;

use super::hearing::{Hearing, hear};
use super::restore::lost;
use super::{DriverError, DriverRegistry, PositionsReported, ReportPositions};
use crate::domain::{DriverId, Position};
use crate::port::{DriverIndex, DriverStore, Reported, StoreError};

/// Positions in one transaction: the store has orders to write as well.
const SAVED_AT_ONCE: usize = 500;

type Positions = Vec<(DriverId, Position)>;

/// Reports, and returns what of it the store should know: nothing of drivers that nobody knows; and whether they may only
/// be unknown because the index has lost them.
async fn report(
    index: Arc<dyn DriverIndex>,
    positions: Positions,
) -> Result<(Reported, Positions, bool), DriverError> {
    let reported = index.report(positions.clone()).await?;
    if reported.unknown == 0 {
        return Ok((reported, positions, false));
    }
    let mut known = Vec::with_capacity(positions.len());
    for (id, position) in positions {
        if index.get(&id).await?.is_some() {
            known.push((id, position));
        }
    }
    Ok((reported, known, lost(&*index).await?))
}

/// Returns what is to be saved later, and why. A batch that the store cannot digest is given up: whatever is wrong with it
/// would be wrong again, and would keep back who shares the batch with it. Drivers report again.
async fn save(store: Arc<dyn DriverStore>, positions: Positions) -> (Positions, Option<StoreError>) {
    let mut failure = None;
    for (number, batch) in positions.chunks(SAVED_AT_ONCE).enumerate() {
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

impl DriverRegistry {
    pub(super) fn keep(&mut self, positions: Positions) {
        for (id, position) in positions {
            let kept = self.unsaved.entry(id).or_insert(position);
            *kept = kept.hearing(position);
        }
    }

    pub(super) fn save_positions(&mut self, ctx: &mut Context<Self>) {
        if self.saving || self.unsaved.is_empty() {
            return;
        }
        self.saving = true;
        let store = self.ports.drivers.clone();
        let positions: Positions = self.unsaved.drain().collect();
        ctx.spawn(save(store, positions).into_actor(self).map(|(unsaved, failure), registry, ctx| {
            registry.saving = false;
            registry.keep(unsaved);
            match failure {
                Some(error) => ctx.note(format!("positions not saved: {error}")),
                // Until it is restored, that is what is wrong.
                None if registry.restored => ctx.note(None),
                None => {}
            }
        }));
    }
}

impl Handler<ReportPositions> for DriverRegistry {
    type Result = ResponseActFuture<Self, Result<PositionsReported, DriverError>>;

    fn handle(&mut self, ReportPositions(reports): ReportPositions, _: &mut Context<Self>) -> Self::Result {
        let Hearing { positions, places, outcome } = hear(reports, self.ports.clock.now());
        let reporting = report(self.ports.index.clone(), positions);
        Box::pin(reporting.into_actor(self).map(move |reported, registry, ctx| {
            let (reported, known, lost) = reported?;
            registry.keep(known);
            if lost {
                registry.restore_lost(ctx);
            }
            let outcome = outcome.with(reported, &places);
            outcome.count(&registry.ports.metrics);
            if outcome.unknown > 0 && !registry.restored {
                return Err(DriverError::Restoring);
            }
            Ok(outcome)
        }))
    }
}
