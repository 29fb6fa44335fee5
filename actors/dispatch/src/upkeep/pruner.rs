//! The `Pruner` actor: deletes what may be forgotten, so that the tables stay bounded.
//!
//! Owns nothing. Every minute it deletes published outbox rows, inbox rows and idempotency keys that are older than
//! their retention, in batches, so that it never holds the writer for long. When it dies, the next one goes on. Several of them
//! share the work: what one deleted, the other does not find.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tropa_supervision::Context;

use crate::port::{Clock, OrderStore, PruneBefore};
use crate::settings::Settings;

/// Between two rounds.
const ROUND: Duration = Duration::from_mins(1);

/// Rows of each kind in one transaction: a few milliseconds of the writer's time.
const BATCH: u32 = 500;

/// Between two batches, so that orders go first.
const BREATH: Duration = Duration::from_millis(20);

/// Deletes old rows.
pub struct Pruner {
    store: Arc<dyn OrderStore>,
    clock: Arc<dyn Clock>,
    settings: Arc<Settings>,
    running: bool,
}

impl Pruner {
    /// A pruner of `store`.
    pub fn new(store: Arc<dyn OrderStore>, clock: Arc<dyn Clock>, settings: Arc<Settings>) -> Self {
        Self { store, clock, settings, running: false }
    }

    fn round(&mut self, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.running, true) {
            return;
        }
        let now = self.clock.now();
        let before = PruneBefore {
            published: now - self.settings.outbox_retention,
            inbox: now - self.settings.inbox_retention,
            keys: now - self.settings.key_retention,
        };
        let prune = prune(self.store.clone(), before);
        ctx.spawn(prune.into_actor(self).map(|(), pruner, _| pruner.running = false));
    }
}

async fn prune(store: Arc<dyn OrderStore>, before: PruneBefore) {
    let mut total = 0;
    loop {
        match store.prune(before, BATCH).await {
            Ok(0) => break,
            Ok(rows) => total += rows,
            Err(error) => {
                tracing::debug!(%error, "cannot prune");
                break;
            }
        }
        tokio::time::sleep(BREATH).await;
    }
    if total > 0 {
        tracing::debug!(rows = total, "pruned");
    }
}

impl Actor for Pruner {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(ROUND, Self::round);
    }
}
