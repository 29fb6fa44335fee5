//! The `GaugeKeeper` actor: the gauges that nobody else keeps.
//!
//! Owns nothing. Once a second it reads the backlog and the dead letters, now and then how many orders have a driver who is
//! silent, and shows them as metrics. A store that does not answer is noted
//! as its condition. When it dies, the gauges stand still for a moment. Every process shows the same backlog: take
//! the largest, not the sum.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tropa_supervision::{Context, Pulse, Ref, Schedule};

use crate::kit::{EDGE, Kit, mailbox};
use crate::metrics::Metrics;
use crate::port::{Backlog, DeadLetters, DriverStore, Outbox, StoreError};

const ROUND: Duration = Duration::from_secs(1);
/// Who has an order is looked at one by one.
const SILENCE: Duration = Duration::from_secs(15);

/// Keeps gauges fresh.
pub struct GaugeKeeper {
    gauges: Gauges,
}

#[derive(Clone)]
struct Gauges {
    outbox: Arc<dyn Outbox>,
    letters: Arc<dyn DeadLetters>,
    drivers: Arc<dyn DriverStore>,
    max_age: Duration,
    metrics: Arc<Metrics>,
}

impl GaugeKeeper {
    pub(crate) fn place(kit: &Kit) -> Ref<Self> {
        kit.place("gauge-keeper", mailbox(16).arbiter(EDGE), |kit| {
            Self::new(
                kit.ports.outbox.clone(),
                kit.ports.letters.clone(),
                kit.ports.drivers.clone(),
                kit.settings.driver_max_age,
                kit.metrics.clone(),
            )
        })
    }

    /// A keeper over these ports. A driver not heard of for `max_age` is silent.
    pub fn new(
        outbox: Arc<dyn Outbox>,
        letters: Arc<dyn DeadLetters>,
        drivers: Arc<dyn DriverStore>,
        max_age: Duration,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { gauges: Gauges { outbox, letters, drivers, max_age, metrics } }
    }
}

impl Gauges {
    async fn beat(&self, pulse: &Pulse) {
        let read = self.read().await;
        pulse.note(read.as_ref().err().map(ToString::to_string));
        if let Ok((backlog, parked)) = read {
            self.show(backlog, parked);
        }
    }

    async fn read(&self) -> Result<(Backlog, u64), StoreError> {
        Ok((self.outbox.backlog().await?, self.letters.parked().await?))
    }

    /// A store that does not answer is noted by the beat.
    async fn listen(&self) {
        if let Ok(silent) = self.drivers.silent_orders(self.max_age).await {
            self.metrics.drivers.silent.set(i64::try_from(silent).unwrap_or(i64::MAX));
        }
    }

    fn show(&self, backlog: Backlog, parked: u64) {
        let due = backlog.pending.saturating_sub(backlog.postponed);
        for (state, rows) in [("due", due), ("postponed", backlog.postponed)] {
            self.metrics.outbox_rows.with_label_values(&[state]).set(i64::try_from(rows).unwrap_or(i64::MAX));
        }
        self.metrics.outbox_pending.set(i64::try_from(backlog.pending).unwrap_or(i64::MAX));
        self.metrics.outbox_oldest_age.set(backlog.oldest_due.unwrap_or_default().as_secs_f64());
        self.metrics.dead_letters.set(i64::try_from(parked).unwrap_or(i64::MAX));
    }
}

impl Actor for GaugeKeeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let (backlog, silence) = (self.gauges.clone(), self.gauges.clone());
        ctx.every("backlog", Schedule::every(ROUND), async move |pulse| backlog.beat(pulse).await);
        ctx.every("silence", Schedule::every(SILENCE), async move |_| silence.listen().await);
    }
}
