//! What a relay does all day: claim, publish, await confirms, mark.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;

use super::RelayPorts;
use super::reach::Reach;
use crate::duty::{Hold, Shift};
use crate::port::{Claimed, PublishOutcome, Relayed, Settlement, StoreError};

/// After a failed publish a row waits this long, and longer with each failure.
const REPUBLISH: Duration = Duration::from_millis(250);
const REPUBLISH_MAX: Duration = Duration::from_secs(30);

/// A row, and what became of its publish.
type Confirmed = (Claimed, PublishOutcome, Instant);

/// A batch of settlements, and how marking it went.
type Marked = (Vec<Settlement>, Result<u64, StoreError>);

/// What the relay turns to next.
enum Turn {
    Marked(Marked),
    Confirmed(Confirmed),
    Stop,
    Close,
    Open,
    Claim,
}

async fn pending_or(marking: &mut Option<BoxFuture<'static, Marked>>) -> Marked {
    match marking {
        Some(marking) => marking.await,
        None => pending().await,
    }
}

/// The loop of one incarnation.
pub(super) struct Run {
    ports: RelayPorts,
    owner: Arc<str>,
    stop: watch::Receiver<bool>,
    confirms: FuturesUnordered<BoxFuture<'static, Confirmed>>,
    settled: Vec<Settlement>,
    marking: Option<BoxFuture<'static, Marked>>,
    /// Rows in that marking.
    marking_rows: usize,
    reach: Reach,
    shift: Shift,
    /// Whether rows may be claimed.
    taking: bool,
    /// While rows may be claimed, or are in hand.
    on_duty: Option<Hold>,
    /// How many are in hand.
    claims: Hold,
}

impl Run {
    pub(super) fn new(ports: RelayPorts, owner: Arc<str>, stop: watch::Receiver<bool>) -> Self {
        let (shift, claims) = (ports.duty.shift(), ports.duty.claims());
        Self {
            ports,
            owner,
            stop,
            confirms: FuturesUnordered::new(),
            settled: Vec::new(),
            marking: None,
            marking_rows: 0,
            reach: Reach::default(),
            shift,
            taking: false,
            on_duty: None,
            claims,
        }
    }

    /// Relays until told to stop, then awaits what is in flight and marks it.
    pub(super) async fn run(mut self) {
        let wakeup = self.ports.outbox.wakeup();
        let mut poll = tokio::time::interval(self.ports.settings.relay_poll);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut stopping = false;
        self.take_over().await;
        loop {
            self.mark();
            self.claims.set(self.confirms.len() + self.settled.len() + self.marking_rows);
            let (idle, taking) = (self.confirms.is_empty() && self.marking.is_none(), self.taking);
            if idle && stopping {
                return;
            }
            if idle && !taking {
                self.on_duty = None;
            }
            let turn = tokio::select! {
                marked = pending_or(&mut self.marking) => Turn::Marked(marked),
                Some(confirmed) = self.confirms.next() => Turn::Confirmed(confirmed),
                _ = self.stop.wait_for(|stop| *stop), if !stopping => Turn::Stop,
                () = self.shift.turns(!taking), if !stopping => if taking { Turn::Close } else { Turn::Open },
                () = wakeup.notified(), if taking => Turn::Claim,
                _ = poll.tick(), if taking => Turn::Claim,
            };
            match turn {
                Turn::Marked(marked) => {
                    (self.marking, self.marking_rows) = (None, 0);
                    self.marked(marked).await;
                }
                Turn::Confirmed(confirmed) => self.confirmed(confirmed),
                Turn::Stop => (stopping, self.taking) = (true, false),
                Turn::Close => self.taking = false,
                Turn::Open => {
                    self.on_duty = Some(self.ports.duty.relaying());
                    // Asked again: the drain that sees no relay at work may have begun in between.
                    self.taking = self.shift.is_on();
                }
                Turn::Claim => self.claim().await,
            }
        }
    }

    /// Frees what an earlier incarnation of this relay still held.
    async fn take_over(&self) {
        match self.ports.outbox.abandon(&self.owner).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "took over outbox rows"),
            // Their leases run out.
            Err(error) => tracing::warn!(%error, "cannot take over outbox rows"),
        }
    }

    /// Claims as long as there is room and something due, and publishes it.
    async fn claim(&mut self) {
        while self.taking && self.shift.is_on() {
            let (in_flight, window) = (self.confirms.len() as u32, self.ports.settings.relay_window);
            let room = self.reach.room(in_flight, window, Instant::now());
            if room == 0 {
                return;
            }
            let rows =
                match self.ports.outbox.claim(&self.owner, room, self.ports.settings.outbox_lease).await {
                    Ok(rows) => rows,
                    Err(error) => {
                        tracing::debug!(%error, "cannot claim outbox rows");
                        return;
                    }
                };
            if rows.is_empty() {
                return;
            }
            let more = rows.len() as u32 == room;
            let begun = Instant::now();
            let batch = rows.iter().map(|row| row.envelope.clone()).collect();
            let confirms = self.ports.broker.publish(batch).await;
            for (row, confirm) in rows.into_iter().zip(confirms) {
                self.confirms.push(Box::pin(async move { (row, confirm.await, begun) }));
            }
            if !more {
                return;
            }
        }
    }

    fn confirmed(&mut self, first: Confirmed) {
        self.note(first);
        // Whatever else is ready goes into the same marking.
        while let Some(Some(next)) = futures_util::FutureExt::now_or_never(self.confirms.next()) {
            self.note(next);
        }
    }

    fn note(&mut self, (row, outcome, begun): Confirmed) {
        match &outcome {
            PublishOutcome::Unknown(error) if self.reach.silent(Instant::now()) => {
                tracing::warn!(error, "the broker is out of reach: the outbox keeps what is accepted");
            }
            PublishOutcome::Confirmed | PublishOutcome::Returned(_) if self.reach.answered() => {
                tracing::info!("the broker is back");
            }
            _ => {}
        }
        let outcome = match outcome {
            PublishOutcome::Confirmed => {
                self.ports.metrics.outbox_published.inc();
                self.ports.metrics.relay_publish_duration.observe(begun.elapsed().as_secs_f64());
                Relayed::Published
            }
            PublishOutcome::Returned(error) | PublishOutcome::Unknown(error) => {
                let wait = REPUBLISH.saturating_mul(1 << row.attempts.min(10)).min(REPUBLISH_MAX);
                Relayed::Failed {
                    error,
                    retry_at: self.ports.clock.now() + wait.mul_f64(0.5 + fastrand::f64() / 2.0),
                }
            }
        };
        self.settled.push(Settlement { id: row.id, token: row.token, outcome });
    }

    /// Starts marking what is settled, unless a marking is under way: the next one takes it along.
    fn mark(&mut self) {
        if self.marking.is_some() || self.settled.is_empty() {
            return;
        }
        let (outbox, batch) = (self.ports.outbox.clone(), std::mem::take(&mut self.settled));
        self.marking_rows = batch.len();
        self.marking = Some(Box::pin(async move {
            let result = outbox.settle(batch.clone()).await;
            if result.is_err() {
                tokio::time::sleep(REPUBLISH).await;
            }
            (batch, result)
        }));
    }

    async fn marked(&mut self, (batch, result): Marked) {
        match result {
            // Room in the window, and the next rows of the same orders may be due.
            Ok(_) => self.claim().await,
            Err(error) => {
                tracing::warn!(%error, rows = batch.len(), "cannot mark outbox rows");
                // Tried again until it works or the leases run out: then the rows are published again, under their ids.
                self.settled.extend(batch);
            }
        }
    }
}
