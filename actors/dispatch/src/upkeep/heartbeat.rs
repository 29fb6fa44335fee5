//! The `Heartbeat` actor: once a second, the gauges that nobody else keeps.
//!
//! Owns nothing. Reads the backlog and the dead letters and shows them as metrics. A store that does not answer is noted
//! as its condition. When it dies, the gauges stand still for a moment. Every process shows the same backlog: take
//! the largest, not the sum.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tropa_supervision::Context;

use crate::metrics::Metrics;
use crate::port::{Backlog, DeadLetters, Outbox, StoreError};

const ROUND: Duration = Duration::from_secs(1);

/// Keeps gauges fresh.
pub struct Heartbeat {
    outbox: Arc<dyn Outbox>,
    letters: Arc<dyn DeadLetters>,
    metrics: Arc<Metrics>,
    running: bool,
}

impl Heartbeat {
    /// A heartbeat over these ports.
    pub fn new(outbox: Arc<dyn Outbox>, letters: Arc<dyn DeadLetters>, metrics: Arc<Metrics>) -> Self {
        Self { outbox, letters, metrics, running: false }
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
        ctx.run_interval(ROUND, Self::beat);
    }
}
