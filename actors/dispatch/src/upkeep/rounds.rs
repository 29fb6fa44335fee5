//! New rounds of dispatch for orders that nobody works on.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use tropa_supervision::Ref;

use crate::domain::DispatchJob;
use crate::journal::{Commit, Journal};
use crate::port::{Applied, Change, Clock, Postponement, Write};

/// Commits asked for at once; the journal makes one of them.
const AT_ONCE: usize = 256;

/// Asks for new rounds, through the journal.
#[derive(Clone)]
pub(super) struct Rounds {
    pub journal: Ref<Journal>,
    pub clock: Arc<dyn Clock>,
}

impl Rounds {
    /// Asks for all of these, whatever becomes of one. Returns how many were written, and the first error.
    pub async fn ask_all(&self, jobs: impl Iterator<Item = DispatchJob>) -> (u64, Result<(), String>) {
        let asked = stream::iter(jobs.map(|job| self.ask(job))).buffer_unordered(AT_ONCE);
        let outcomes: Vec<Result<bool, String>> = asked.collect().await;
        let written = outcomes.iter().filter(|outcome| **outcome == Ok(true)).count() as u64;
        (written, outcomes.into_iter().try_for_each(|outcome| outcome.map(drop)))
    }

    /// True when the job was written; false when another one waits already or the order has moved on: somebody else saw to it.
    async fn ask(&self, job: DispatchJob) -> Result<bool, String> {
        let now = self.clock.now();
        let envelope = job.envelope(None, now).map_err(|e| e.to_string())?;
        let postponement = Postponement { envelope, due_at: now, reason: None, unless_pending: true };
        let write = Write { inbox: None, change: Change::Postpone(Box::new(postponement)) };
        let applied = self.journal.ask(Commit(write)).await.map_err(|e| e.to_string())?;
        Ok(applied.map_err(|e| e.to_string())? == Applied::Done)
    }
}
