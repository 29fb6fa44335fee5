//! Forgetting published messages, and what the counts are made of.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant},
};

use time::OffsetDateTime;
use tropa_contract::port::StoreError;

use super::{PostgresStore, column::count_at, connection::bounded, failure::Failure, statement};

/// Messages to look at in one go, and how often to go on when all of them are kept.
const LOOKED_AT: i64 = 5_000;
const STEPS: usize = 20;
/// Rows of `order_counts`, of `letter_counts` and of `acceptances` that are left as they are, and how many are folded at once, for how long:
/// some hundreds come in each second under load.
const FEW: i64 = 1_000;
const FOLDED: i64 = 10_000;
const FOLDING: Duration = Duration::from_secs(2);

/// Behind which message the next look begins. Only where to look first: when the walk has reached what is too young to go,
/// it begins again with the oldest, which may have been published by then.
#[derive(Default)]
pub struct Walk(AtomicI64);

impl PostgresStore {
    /// Folds the counts while there are many.
    pub(super) async fn fold_counts(&self) -> Result<(), StoreError> {
        let connection = self.connection().await?;
        let outcome = bounded(async {
            for fold in [statement::FOLD_COUNTS, statement::FOLD_LETTER_COUNTS, statement::FOLD_ACCEPTANCES] {
                let (fold, begun) = (connection.prepare_cached(fold).await?, Instant::now());
                loop {
                    let folded: i64 = connection.query_one(&fold, &[&FEW, &FOLDED]).await?.try_get(0)?;
                    if folded < FOLDED || begun.elapsed() >= FOLDING {
                        break;
                    }
                }
            }
            Ok::<_, Failure>(())
        });
        let outcome = outcome.await;
        connection.give_back(outcome)
    }

    /// Deletes at most `limit` published messages that were written before this.
    pub(super) async fn prune_messages(&self, before: OffsetDateTime, limit: i64) -> Result<u64, StoreError> {
        let walk = &self.inner.walk.0;
        let connection = self.connection().await?;
        let outcome = bounded(async {
            let statement = connection.prepare_cached(statement::PRUNE_MESSAGES).await?;
            for _ in 0..STEPS {
                let behind = walk.load(Ordering::Relaxed);
                let row = connection.query_one(&statement, &[&behind, &before, &limit, &LOOKED_AT]).await?;
                let (gone, reached, more): (u64, i64, bool) =
                    (count_at(&row, 0)?, row.try_get(1)?, row.try_get(2)?);
                walk.store(if more { reached } else { 0 }, Ordering::Relaxed);
                if gone > 0 || !more {
                    return Ok(gone);
                }
            }
            Ok::<_, Failure>(0)
        });
        let outcome = outcome.await;
        connection.give_back(outcome)
    }
}
