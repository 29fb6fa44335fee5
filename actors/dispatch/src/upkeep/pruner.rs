//! The `Pruner`: deletes what may be forgotten, so that the tables stay bounded.
//!
//! Owns nothing. Every minute it deletes published outbox rows, inbox rows and idempotency keys that are older than
//! their retention, in batches, so that it never holds the writer for long. How old a row is, no clock is asked alone: see
//! `retention`. When it dies, the next one goes on. Several of them share the work: what one deleted, the other does not find.

mod retention;

use std::sync::Arc;
use std::time::Duration;

use tropa_supervision::{Every, Loop, Pulse, Recurring, Ref, Schedule, Step};

use self::retention::Cut;
use crate::kit::{EDGE, Kit, mailbox};
use crate::metrics::Metrics;
use crate::port::{Chronicle, Clock, OrderStore, PruneBefore, StoreError};
use crate::settings::Settings;

const DELETING: Step = Step::new("deleting");

/// From the start to the first round, and between two.
const FIRST: Duration = Duration::from_secs(1);
const ROUND: Duration = Duration::from_mins(1);

/// Rows of each kind in one transaction: a few milliseconds of the writer's time.
const BATCH: u32 = 500;

/// Between two batches, so that orders go first.
const BREATH: Duration = Duration::from_millis(20);

/// Rows that are kept for so much longer than they should be are worth a line in the log.
const LONG: Duration = Duration::from_hours(24);

/// What a pruner works with.
#[derive(Clone)]
pub struct PrunerPorts {
    /// What it prunes.
    pub store: Arc<dyn OrderStore>,
    /// What the store remembers of the time.
    pub chronicle: Arc<dyn Chronicle>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// How long what is kept.
    pub settings: Arc<Settings>,
    /// Where it is shown.
    pub metrics: Arc<Metrics>,
}

/// Deletes old rows.
pub struct Pruner {
    ports: PrunerPorts,
    /// It was said that rows are kept for longer.
    said: bool,
}

impl Pruner {
    pub(crate) fn place(kit: &Kit) -> Ref<Loop<Recurring<Self>>> {
        kit.every("pruner", mailbox(16).arbiter(EDGE), |kit| {
            Self::new(PrunerPorts {
                store: kit.ports.orders.clone(),
                chronicle: kit.ports.chronicle.clone(),
                clock: kit.ports.clock.clone(),
                settings: kit.settings.clone(),
                metrics: kit.metrics.clone(),
            })
        })
    }

    /// A pruner over these ports.
    pub fn new(ports: PrunerPorts) -> Self {
        Self { ports, said: false }
    }

    fn say(&mut self, held_back: Duration) {
        let long = held_back >= LONG;
        if long && !self.said {
            tracing::warn!(
                hours = held_back.as_secs() / 3_600,
                "nothing is deleted by its date alone: the clock has jumped, or nobody ran for long; rows are kept for longer"
            );
        }
        self.said = long;
    }
}

impl PrunerPorts {
    /// Returns for how much longer than they should be rows are kept.
    async fn round(&self, pulse: &Pulse) -> Result<Duration, StoreError> {
        if !self.clock.state().set {
            return Err(StoreError::Unavailable("the clock is not set".to_owned()));
        }
        let Settings { outbox_retention, inbox_retention, key_retention, .. } = *self.settings;
        let [published, inbox, keys] = [
            self.cut(outbox_retention).await?,
            self.cut(inbox_retention).await?,
            self.cut(key_retention).await?,
        ];
        let held_back = published.held_back.max(inbox.held_back).max(keys.held_back);
        self.metrics.clock.retention_held_back.set(held_back.as_secs_f64());
        let before = PruneBefore { published: published.before, inbox: inbox.before, keys: keys.before };
        self.prune(before, pulse).await?;
        self.metrics.clock.prune_rounds.inc();
        Ok(held_back)
    }

    async fn cut(&self, kept: Duration) -> Result<Cut, StoreError> {
        let horizon = self.chronicle.horizon(kept).await?;
        Ok(Cut::of(self.clock.now(), kept, horizon))
    }

    async fn prune(&self, before: PruneBefore, pulse: &Pulse) -> Result<(), StoreError> {
        let mut total = 0;
        loop {
            pulse.at(DELETING);
            match self.store.prune(before, BATCH).await? {
                0 => break,
                rows => total += rows,
            }
            tokio::time::sleep(BREATH).await;
        }
        if total > 0 {
            tracing::debug!(rows = total, "pruned");
        }
        Ok(())
    }
}

impl Every for Pruner {
    fn schedule(&self) -> Schedule {
        Schedule::every(ROUND).first_after(FIRST)
    }

    async fn round(&mut self, pulse: &Pulse) {
        match self.ports.round(pulse).await {
            Ok(held_back) => self.say(held_back),
            Err(error) => tracing::debug!(%error, "cannot prune"),
        }
    }
}
