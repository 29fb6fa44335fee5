//! One round of the sweeper: claims against assignments, and the other way round.

use std::sync::Arc;
use std::time::Duration;

use tropa_supervision::{Pulse, Step};

use crate::claims;
use crate::drivers::DriverError;
use crate::port::{Assignment, DriverIndex, Lasting, OrderStore};

const PAGE_BY_PAGE: Step = Step::new("going through claims");

/// How long the one who sweeps may be silent.
const PATIENCE: Duration = Duration::from_secs(7);

/// Claims or assignments at once.
const PAGE: u32 = 1_000;

/// Between two pages of a full round: ten thousand a second leave room for orders.
const BREATH: Duration = Duration::from_millis(100);

/// What rounds work with.
#[derive(Clone)]
pub(super) struct Sweep {
    pub index: Arc<dyn DriverIndex>,
    pub store: Arc<dyn OrderStore>,
    /// This process.
    pub name: Arc<str>,
}

/// What a round came to, as far as it went.
#[derive(Debug, Default)]
pub(super) struct Swept {
    /// Claims that were taken away.
    pub taken: Vec<Assignment>,
    /// Whether it is for another process to sweep.
    pub elsewhere: bool,
    /// Whether all claims and all assignments were gone through.
    pub full: bool,
}

impl Sweep {
    /// One round; `lately` are the claims that were taken away before it.
    pub async fn round(
        &self,
        full: bool,
        lately: Vec<Assignment>,
        swept: &mut Swept,
        pulse: &Pulse,
    ) -> Result<(), DriverError> {
        if self.is_ours(swept, pulse).await? {
            self.reconsider(lately, swept, pulse).await?;
            self.expire(swept, pulse).await?;
            if full {
                self.reconcile(swept, pulse).await?;
                self.free_ended(swept, pulse).await?;
                swept.full = !swept.elsewhere;
            }
        }
        Ok(())
    }

    /// Asked before every page: a round may take longer than the others' patience.
    async fn is_ours(&self, swept: &mut Swept, pulse: &Pulse) -> Result<bool, DriverError> {
        pulse.at(PAGE_BY_PAGE);
        swept.elsewhere = swept.elsewhere || !self.index.sweeps(&self.name, PATIENCE).await?;
        Ok(!swept.elsewhere)
    }

    /// Makes the claims again that were taken away before their order was committed.
    async fn reconsider(
        &self,
        taken: Vec<Assignment>,
        swept: &mut Swept,
        pulse: &Pulse,
    ) -> Result<(), DriverError> {
        for page in taken.chunks(PAGE as usize) {
            pulse.at(PAGE_BY_PAGE);
            let assigned = self.store.assigned(page.to_vec()).await?;
            let late = page.iter().zip(assigned).filter(|(_, assigned)| *assigned);
            self.confirm(late.map(|(claim, _)| claim.clone()).collect(), swept).await?;
        }
        Ok(())
    }

    /// Confirms or frees claims whose lease ran out.
    async fn expire(&self, swept: &mut Swept, pulse: &Pulse) -> Result<(), DriverError> {
        loop {
            pulse.at(PAGE_BY_PAGE);
            let claims = self.index.expired(PAGE).await?;
            let more = claims.len() == PAGE as usize;
            let kept = self.free_unassigned(claims, swept).await?;
            self.confirm(kept, swept).await?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Makes the claims of all active assignments.
    async fn reconcile(&self, swept: &mut Swept, pulse: &Pulse) -> Result<(), DriverError> {
        let mut after = None;
        while self.is_ours(swept, pulse).await? {
            let page = self.store.assignments(after, PAGE).await?;
            let more = page.len() == PAGE as usize;
            after = page.last().map(|assignment| assignment.driver_id.clone());
            self.confirm(page, swept).await?;
            if !more {
                break;
            }
            tokio::time::sleep(BREATH).await;
        }
        Ok(())
    }

    /// Frees who is held for an order that has ended. A claim without a lease had an assignment once, and an order that
    /// ended never gets it back: what the store does not know is over.
    async fn free_ended(&self, swept: &mut Swept, pulse: &Pulse) -> Result<(), DriverError> {
        let mut from = None;
        while self.is_ours(swept, pulse).await? {
            let Lasting { claims, next } = self.index.lasting(from, PAGE).await?;
            self.free_unassigned(claims, swept).await?;
            if next.is_none() {
                break;
            }
            from = next;
            tokio::time::sleep(BREATH).await;
        }
        Ok(())
    }

    /// Frees those of these claims that no assignment stands behind; returns the others.
    async fn free_unassigned(
        &self,
        claims: Vec<Assignment>,
        swept: &mut Swept,
    ) -> Result<Vec<Assignment>, DriverError> {
        if claims.is_empty() {
            return Ok(claims);
        }
        let assigned = self.store.assigned(claims.clone()).await?;
        let mut kept = Vec::new();
        for (claim, assigned) in claims.into_iter().zip(assigned) {
            if assigned {
                kept.push(claim);
            } else if self.index.release(&claim).await? {
                tracing::info!(driver = %claim.driver_id, order = %claim.order_id, "freed a driver whose claim came to nothing");
                swept.taken.push(claim);
            }
        }
        Ok(kept)
    }

    /// A claim that is overruled was taken away as well: its order may commit when the assignment has ended.
    async fn confirm(&self, assignments: Vec<Assignment>, swept: &mut Swept) -> Result<(), DriverError> {
        swept.taken.extend(claims::confirm(&*self.index, &*self.store, assignments).await?);
        Ok(())
    }
}
