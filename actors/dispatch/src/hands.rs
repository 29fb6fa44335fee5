//! Work in hand: several pieces at once, carried by one loop.
//!
//! The loop makes progress when each of them does. One that gives no sign of life is not hidden by neighbours that come and
//! go: the pulse is told since when the quietest has been silent.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tropa_supervision::{Pulse, Step};

/// How often it is looked who is silent.
const LOOK: Duration = Duration::from_secs(1);

/// The pieces in hand.
pub(crate) struct Hands<'a> {
    carrying: Step,
    pieces: FuturesUnordered<Piece<'a>>,
    look: Interval,
}

/// Given by a piece of work that is not done and not stuck either.
#[derive(Clone, Debug)]
pub(crate) struct Sign(Rc<Cell<Instant>>);

struct Piece<'a> {
    sign: Sign,
    work: LocalBoxFuture<'a, ()>,
}

impl Sign {
    /// It gets on.
    pub fn give(&self) {
        self.0.set(Instant::now());
    }
}

impl Future for Piece<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        self.work.poll_unpin(task)
    }
}

impl<'a> Hands<'a> {
    /// Empty hands, of a loop that says `carrying` of them when they are not.
    pub fn new(carrying: Step) -> Self {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { carrying, pieces: FuturesUnordered::new(), look }
    }

    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Takes on a piece of work.
    pub fn take<F>(&mut self, pulse: &Pulse, work: impl FnOnce(Sign) -> F)
    where
        F: Future<Output = ()> + 'a,
    {
        let now = Instant::now();
        if self.is_empty() {
            pulse.since(self.carrying, now);
        }
        let sign = Sign(Rc::new(Cell::new(now)));
        self.pieces.push(Piece { work: work(sign.clone()).boxed_local(), sign });
    }

    /// Resolves when the next piece is done; `None` when there is none in hand. Cancelling it loses nothing.
    pub async fn next(&mut self, pulse: &Pulse) -> Option<()> {
        loop {
            tokio::select! {
                biased;
                done = self.pieces.next() => {
                    done.inspect(|()| pulse.round())?;
                    return Some(());
                }
                _ = self.look.tick() => self.beat(pulse),
            }
        }
    }

    /// Carries on until nothing is in hand.
    pub async fn finish(&mut self, pulse: &Pulse) {
        while self.next(pulse).await.is_some() {}
    }

    fn beat(&self, pulse: &Pulse) {
        let quietest = self.pieces.iter().map(|piece| piece.sign.0.get()).min();
        quietest.inspect(|since| pulse.since(self.carrying, *since));
    }
}
