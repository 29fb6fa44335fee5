//! The Journal actor: the only one that writes transitions.
//!
//! Owns the write side of the [`OrderStore`]. Receives [`Commit`] from aggregates and consumers, gathers whatever waits
//! while one transaction runs into the next, and answers each after COMMIT. Holds nothing that is not being waited for:
//! when it dies, its askers learn that the outcome is unknown and ask again, and the inbox row or the version tells them.

use std::sync::Arc;

use actix::prelude::*;
use tropa_supervision::{Context, Ref};

use crate::batch::Batch;
use crate::kit::{Kit, PIPELINE, draining};
use crate::metrics::Metrics;
use crate::port::{Applied, OrderStore, StoreError, Write};
use crate::reply::{Answer, Pending, later};
use crate::trouble::{News, Trouble};

/// Commit one unit of work. Sent by aggregates and consumers; answered after COMMIT. `Unavailable` leaves the outcome
/// unknown; repeating the write is safe.
#[derive(Debug, Message)]
#[rtype(result = "Result<Applied, StoreError>")]
pub struct Commit(pub Write);

type Outcome = Result<Applied, StoreError>;

/// Group commit of transitions.
pub struct Journal {
    store: Arc<dyn OrderStore>,
    metrics: Arc<Metrics>,
    batch: Batch<Write, Pending<Outcome>>,
    leaving: bool,
    trouble: Trouble,
}

impl Journal {
    pub(crate) fn place(kit: &Kit) -> Ref<Self> {
        let max = kit.settings.commits_at_once();
        kit.place("journal", draining(2_048).arbiter(PIPELINE), move |kit| {
            Self::new(kit.ports.orders.clone(), kit.metrics.clone(), max)
        })
    }

    /// A journal that puts at most `max_batch` writes into one transaction.
    pub fn new(store: Arc<dyn OrderStore>, metrics: Arc<Metrics>, max_batch: usize) -> Self {
        Self { store, metrics, batch: Batch::new(max_batch), leaving: false, trouble: Trouble::default() }
    }

    fn flush(&mut self, ctx: &mut Context<Self>) {
        let Some(round) = self.batch.start() else { return };
        self.metrics.batch_size.with_label_values(&["journal"]).observe(round.items.len() as f64);
        let store = self.store.clone();
        let commit = async move { round.commit(async |items| store.apply(items).await).await };
        ctx.spawn(commit.into_actor(self).map(|(outcomes, waiters), journal, ctx| {
            let failed: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
            ctx.note(failed.first().map(ToString::to_string));
            match (journal.trouble.note(!failed.is_empty()), failed.first()) {
                (Some(News::Begins), Some(error)) => {
                    tracing::warn!(%error, "transitions cannot be stored");
                }
                (Some(News::Ends), _) => tracing::info!("transitions are stored again"),
                _ => {}
            }
            waiters.into_iter().zip(outcomes).for_each(|(asker, outcome)| asker.answer(outcome));
            journal.batch.finish();
            journal.flush(ctx);
            if journal.leaving && journal.batch.is_idle() {
                ctx.stop();
            }
        }));
    }
}

impl Actor for Journal {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.batch.watch(ctx.pulse("commit"));
    }

    /// Finishes the commits it was asked for.
    fn stopping(&mut self, _: &mut Self::Context) -> Running {
        self.leaving = true;
        if self.batch.is_idle() { Running::Stop } else { Running::Continue }
    }
}

impl Handler<Commit> for Journal {
    type Result = Answer<Outcome>;

    fn handle(&mut self, Commit(write): Commit, ctx: &mut Context<Self>) -> Self::Result {
        let (answer, asker) = later();
        let bytes = write.change.bytes();
        self.batch.push(write, bytes, asker);
        self.flush(ctx);
        answer
    }
}
