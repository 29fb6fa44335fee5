//! The `Timekeeper` actor: holds this process's clock against the one that all instances go by, and has the store remember
//! what that one has shown.
//!
//! Owns nothing: the clock outlives it. Every two seconds it reads the store's clock and shows as metrics how far the
//! machine's is from it; every ten it leaves a mark in the store, and makes messages due that wait for a moment no clock that
//! goes right would have named. A store that does not answer is its condition; the clock then goes on by itself. When it
//! dies, the next one goes on. Several of them mark the same time once.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tokio::time::Instant;
use tropa_supervision::Context;

use crate::metrics::Metrics;
use crate::port::{Chronicle, Clock, ClockState, Outbox, StoreError};

/// Between two readings.
const ROUND: Duration = Duration::from_secs(2);

/// Between two marks.
const MARK: Duration = Duration::from_secs(10);

/// What a timekeeper works with.
#[derive(Clone)]
pub struct TimekeeperPorts {
    /// The clock to go by, and its history.
    pub chronicle: Arc<dyn Chronicle>,
    /// The clock that goes by it.
    pub clock: Arc<dyn Clock>,
    /// Where messages wait.
    pub outbox: Arc<dyn Outbox>,
    /// No message waits longer.
    pub longest_wait: Duration,
    /// Where it is shown.
    pub metrics: Arc<Metrics>,
}

/// Keeps the time.
pub struct Timekeeper {
    ports: TimekeeperPorts,
    marked: Option<Instant>,
    running: bool,
}

impl Timekeeper {
    /// A timekeeper over these ports.
    pub fn new(ports: TimekeeperPorts) -> Self {
        Self { ports, marked: None, running: false }
    }

    fn round(&mut self, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.running, true) {
            return;
        }
        let (ports, marked) = (self.ports.clone(), self.marked);
        let round = async move { ports.round(marked).await };
        ctx.spawn(round.into_actor(self).map(|outcome, keeper, ctx| {
            keeper.running = false;
            ctx.note(outcome.as_ref().err().map(ToString::to_string));
            if let Ok(marked) = outcome {
                keeper.marked = marked;
            }
        }));
    }
}

impl TimekeeperPorts {
    /// Reads, shows, and marks when it is time to. Returns when it marked last.
    async fn round(&self, marked: Option<Instant>) -> Result<Option<Instant>, StoreError> {
        let before = self.clock.state();
        let heard = self.chronicle.time().await;
        if let Ok(reading) = heard {
            self.clock.compare(reading);
        }
        let state = self.clock.state();
        self.show(state);
        heard?;
        let jumped = (before.forward, before.backward) != (state.forward, state.backward);
        if !jumped && marked.is_some_and(|marked| marked.elapsed() < MARK) {
            return Ok(marked);
        }
        let now = Instant::now();
        self.chronicle.mark(marked.map_or(Duration::ZERO, |marked| now - marked)).await?;
        let hastened = self.outbox.hasten_beyond(self.longest_wait).await?;
        if hastened > 0 {
            tracing::warn!(messages = hastened, "messages waited for a moment that a wrong clock had named");
        }
        Ok(Some(now))
    }

    fn show(&self, ClockState { skew, forward, backward, .. }: ClockState) {
        self.metrics.clock.skew.set(skew.as_seconds_f64());
        for (direction, jumps) in [("forward", forward), ("backward", backward)] {
            let counter = self.metrics.clock.jumps.with_label_values(&[direction]);
            counter.inc_by(jumps.saturating_sub(counter.get()));
        }
    }
}

impl Actor for Timekeeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.round(ctx);
        ctx.run_interval(ROUND, Self::round);
    }
}
