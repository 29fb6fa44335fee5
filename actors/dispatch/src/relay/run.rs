//! What a relay does all day: claim, publish, await confirms, mark. The database claims and marks while the broker
//! confirms: each has a batch under way at the same time.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tropa_supervision::{Pulse, Step, Stop};

use super::RelayPorts;
use super::published::{Published, note_waits};
use super::reach::Reach;
use super::retry;
use super::underway::Underway;
use super::window::Window;
use crate::duty::{Hold, Shift};
use crate::port::{Claimed, PublishOutcome, Settlement, StoreError};
use crate::trouble::{News, Trouble};

const TAKING_OVER: Step = Step::new("taking over rows");
const CLAIMING: Step = Step::new("claiming");
const PUBLISHING: Step = Step::new("publishing");
const CONFIRMS: Step = Step::new("waiting for confirms");
const MARKING: Step = Step::new("marking");
const WAKE_UP: Step = Step::idle("waiting for a wake-up");

/// A row, and what became of its publish.
type Confirmed = (Published, PublishOutcome);

/// How many rows were asked for, and what came.
type Taken = (u32, Result<Vec<Claimed>, StoreError>);

/// A batch of settlements, and how marking it went.
type Marked = (Vec<Settlement>, Result<u64, StoreError>);

/// What the relay turns to next.
enum Turn {
    Marked(Marked),
    Confirmed(Confirmed),
    Taken(Taken),
    Stop,
    Close,
    Open,
    Claim,
}

/// The loop of one incarnation.
pub(super) struct Run {
    ports: RelayPorts,
    owner: Arc<str>,
    pulse: Pulse,
    stop: Stop,
    /// There may be something due that is not asked for yet.
    due: bool,
    claiming: Underway<Taken>,
    confirms: FuturesUnordered<BoxFuture<'static, Confirmed>>,
    /// Since when the confirms under way are waited for: the last one came then, or the first was asked for.
    confirming: Instant,
    settled: Vec<Settlement>,
    marking: Underway<Marked>,
    /// Rows in that marking.
    marking_rows: usize,
    marking_trouble: Trouble,
    reach: Reach,
    window: Window,
    shift: Shift,
    /// Whether rows may be claimed.
    taking: bool,
    /// While rows may be claimed, or are in hand.
    on_duty: Option<Hold>,
    /// How many are in hand.
    claims: Hold,
}

impl Run {
    pub(super) fn new(ports: RelayPorts, owner: Arc<str>, pulse: Pulse) -> Self {
        let (shift, claims) = (ports.duty.shift(), ports.duty.claims());
        let window = Window::new(ports.settings.relay_window);
        Self {
            ports,
            owner,
            stop: pulse.stop(),
            pulse,
            due: false,
            claiming: Underway::default(),
            confirms: FuturesUnordered::new(),
            confirming: Instant::now(),
            settled: Vec::new(),
            marking: Underway::default(),
            marking_rows: 0,
            marking_trouble: Trouble::default(),
            reach: Reach::default(),
            window,
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
            self.claim();
            self.claims.set(self.in_hand());
            let idle = !(self.claiming.is_some() || self.marking.is_some()) && self.confirms.is_empty();
            let taking = self.taking;
            if idle && stopping {
                return;
            }
            if idle && !taking {
                self.on_duty = None;
            }
            self.beat();
            let turn = tokio::select! {
                marked = self.marking.outcome() => Turn::Marked(marked),
                Some(confirmed) = self.confirms.next() => Turn::Confirmed(confirmed),
                taken = self.claiming.outcome() => Turn::Taken(taken),
                () = self.stop.told(), if !stopping => Turn::Stop,
                () = self.shift.turns(!taking), if !stopping => if taking { Turn::Close } else { Turn::Open },
                () = wakeup.notified(), if taking => Turn::Claim,
                _ = poll.tick(), if taking => Turn::Claim,
            };
            match turn {
                Turn::Marked(marked) => self.marked(marked),
                Turn::Confirmed(confirmed) => self.confirmed(confirmed),
                Turn::Taken(taken) => self.publish(taken).await,
                Turn::Stop => (stopping, self.taking) = (true, false),
                Turn::Close => self.taking = false,
                Turn::Open => {
                    self.on_duty = Some(self.ports.duty.relaying());
                    // Asked again: the drain that sees no relay at work may have begun in between.
                    self.taking = self.shift.is_on();
                }
                Turn::Claim => self.due = true,
            }
        }
    }

    /// Says what has been under way for longest. A poll in between is no progress.
    fn beat(&self) {
        let marking = self.marking.since().map(|since| (since, MARKING));
        let claiming = self.claiming.since().map(|since| (since, CLAIMING));
        match marking.into_iter().chain(claiming).min_by_key(|(since, _)| *since) {
            Some((since, step)) => self.pulse.since(step, since),
            None if self.confirms.is_empty() => self.pulse.at(WAKE_UP),
            // A broker may take its time. But who waits beyond the leases waits for what is not theirs any more.
            None => {
                self.pulse.since(CONFIRMS.within(2 * self.ports.settings.outbox_lease), self.confirming);
            }
        }
    }

    /// Frees what an earlier incarnation of this relay still held.
    async fn take_over(&self) {
        self.pulse.at(TAKING_OVER);
        match self.ports.outbox.abandon(&self.owner).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "took over outbox rows"),
            // Their leases run out.
            Err(error) => tracing::warn!(%error, "cannot take over outbox rows"),
        }
    }

    /// Rows that are ours: published, or settled and not marked yet. A database that marks slowly gets no more to mark.
    fn in_hand(&self) -> usize {
        self.confirms.len() + self.settled.len() + self.marking_rows
    }

    /// Starts claiming what is due, if there is room and no claim under way: the next one follows it.
    fn claim(&mut self) {
        if !self.due || self.claiming.is_some() || !self.taking || !self.shift.is_on() {
            return;
        }
        let room = self.reach.room(self.in_hand() as u32, self.window.rows(), Instant::now());
        if room == 0 {
            return;
        }
        let (outbox, owner) = (self.ports.outbox.clone(), self.owner.clone());
        let lease = self.ports.settings.outbox_lease;
        self.due = false;
        self.claiming.begin(async move { (room, outbox.claim(&owner, room, lease).await) });
    }

    /// Publishes what was claimed.
    async fn publish(&mut self, (room, rows): Taken) {
        let rows = match rows {
            Ok(rows) if rows.is_empty() => return,
            Ok(rows) => rows,
            Err(error) => {
                self.window.failed();
                tracing::debug!(%error, "cannot claim outbox rows");
                return;
            }
        };
        self.due |= rows.len() as u32 == room;
        self.window.learn(room, rows.iter().map(|row| row.envelope.payload.len()));
        note_waits(&rows, &self.ports);
        let begun = Instant::now();
        let (rows, batch): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .map(|Claimed { id, token, attempts, envelope }| {
                (
                    Published {
                        id,
                        token,
                        attempts,
                        topic: envelope.topic,
                        order: envelope.order_id.clone(),
                        begun,
                    },
                    envelope,
                )
            })
            .unzip();
        self.pulse.at(PUBLISHING);
        let confirms = self.ports.broker.publish(batch).await;
        if self.confirms.is_empty() {
            self.confirming = Instant::now();
        }
        for (row, confirm) in rows.into_iter().zip(confirms) {
            self.confirms.push(Box::pin(async move { (row, confirm.await) }));
        }
    }

    fn confirmed(&mut self, first: Confirmed) {
        self.confirming = Instant::now();
        self.note(first);
        // Whatever else is ready goes into the same marking.
        while let Some(Some(next)) = futures_util::FutureExt::now_or_never(self.confirms.next()) {
            self.note(next);
        }
    }

    fn note(&mut self, (row, outcome): Confirmed) {
        match &outcome {
            PublishOutcome::Unknown(error) if self.reach.silent(Instant::now()) => {
                tracing::warn!(error, "the broker is out of reach: the outbox keeps what is accepted");
            }
            PublishOutcome::Confirmed | PublishOutcome::Returned(_) if self.reach.answered() => {
                tracing::info!("the broker is back");
            }
            _ => {}
        }
        let settlement = row.settled(outcome, &self.ports);
        self.settled.push(settlement);
    }

    /// Starts marking what is settled, unless a marking is under way: the next one takes it along.
    fn mark(&mut self) {
        if self.marking.is_some() || self.settled.is_empty() {
            return;
        }
        let (outbox, batch) = (self.ports.outbox.clone(), std::mem::take(&mut self.settled));
        self.marking_rows = batch.len();
        self.marking.begin(async move {
            let result = outbox.settle(batch.clone()).await;
            if result.is_err() {
                tokio::time::sleep(retry::REPUBLISH.initial).await;
            }
            (batch, result)
        });
    }

    fn marked(&mut self, (batch, result): Marked) {
        self.marking_rows = 0;
        let news = self.marking_trouble.note(result.is_err());
        match result {
            // Where that made the next row of an order due, the outbox wakes us; without, there is nothing to ask for.
            Ok(_) => {
                self.pulse.round();
                if news == Some(News::Ends) {
                    tracing::info!("outbox rows are marked again");
                }
            }
            Err(error) => {
                if news == Some(News::Begins) {
                    tracing::warn!(%error, rows = batch.len(), "cannot mark outbox rows, trying on");
                }
                // Tried again until it works or the leases run out: then the rows are published again, under their ids.
                self.settled.extend(batch);
            }
        }
    }
}
