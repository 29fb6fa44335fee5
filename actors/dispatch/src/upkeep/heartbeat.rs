//! The `Heartbeat` actor: the gauges that nobody else keeps.
//!
//! Owns nothing. Once a second it reads the backlog and the dead letters, now and then how many orders have a driver who is
//! silent, and shows them as metrics. A store that does not answer is noted
//! as its condition. When it dies, the gauges stand still for a moment. Every process shows the same backlog: take
//! the largest, not the sum.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tropa_supervision::{Context, Ref};

use crate::kit::{EDGE, Kit, mailbox};
use crate::metrics::Metrics;
use crate::port::{Backlog, DeadLetters, DriverStore, Outbox, StoreError};

const ROUND: Duration = Duration::from_secs(1);
/// Who has an order is looked at one by one.
const SILENCE: Duration = Duration::from_secs(15);

/// Keeps gauges fresh.
pub struct Heartbeat {
    outbox: Arc<dyn Outbox>,
    letters: Arc<dyn DeadLetters>,
    drivers: Arc<dyn DriverStore>,
    max_age: Duration,
    metrics: Arc<Metrics>,
    running: bool,
    listening: bool,
}

impl Heartbeat {
    pub(crate) fn place(kit: &Kit) -> Ref<Self> {
        kit.place("heartbeat", mailbox(16).arbiter(EDGE), |kit| {
            Self::new(
                kit.ports.outbox.clone(),
                kit.ports.letters.clone(),
                kit.ports.drivers.clone(),
                kit.settings.driver_max_age,
                kit.metrics.clone(),
            )
        })
    }

    /// A heartbeat over these ports. A driver not heard of for `max_age` is silent.
    pub fn new(
        outbox: Arc<dyn Outbox>,
        letters: Arc<dyn DeadLetters>,
        drivers: Arc<dyn DriverStore>,
        max_age: Duration,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { outbox, letters, drivers, max_age, metrics, running: false, listening: false }
    }

    /// A store that does not answer is noted by the beat.
    fn listen(&mut self, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.listening, true) {
            return;
        }
        let (drivers, max_age) = (self.drivers.clone(), self.max_age);
        let count = async move { drivers.silent_orders(max_age).await };
        ctx.spawn(count.into_actor(self).map(|silent, heartbeat, _| {
            heartbeat.listening = false;
            if let Ok(silent) = silent {
                heartbeat.metrics.drivers.silent.set(i64::try_from(silent).unwrap_or(i64::MAX));
            }
        }));
    }

    fn beat(&mut self, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.running, true) {
            return;
        }
        let (outbox, letters) = (self.outbox.clone(), self.letters.clone());
        let read = async move { Ok::<_, StoreError>((outbox.backlog().await?, letters.parked().await?)) };
        ctx.spawn(read.into_actor(self).map(|result, heartbeat, ctx| {
            heartbeat.running = false;
            ctx.note(result.as_ref().err().map(ToString::to_string));
            if let Ok((backlog, parked)) = result {
                heartbeat.show(backlog, parked);
            }
        }));
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

impl Actor for Heartbeat {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.beat(ctx);
        self.listen(ctx);
        ctx.run_interval(ROUND, Self::beat);
        ctx.run_interval(SILENCE, Self::listen);
    }
}
