//! Children that are nothing but a loop.

use std::time::Duration;

use actix::Actor;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::{Context, Policy, Pulse, Ref, Step};

const PAUSE: Step = Step::idle("waiting for its next round");
const ROUND: Step = Step::new("in a round");

/// A loop that is a child of its own, [`Ref::task`]: plain async code, which owns its state and says by its [`Pulse`] how it
/// gets on. It is started, stopped, killed, counted and replaced as any other actor is.
///
/// ```
/// use tropa_supervision::{Policy, Pulse, Ref, Step, Task};
/// use tokio::sync::mpsc::Receiver;
///
/// const LETTER: Step = Step::idle("waiting for a letter");
/// const DELIVERING: Step = Step::new("delivering");
///
/// struct Postman {
///     letters: Receiver<String>,
/// }
///
/// impl Task for Postman {
///     async fn run(mut self, pulse: Pulse) {
///         let mut stop = pulse.stop();
///         loop {
///             pulse.at(LETTER);
///             let letter = tokio::select! {
///                 () = stop.told() => return,
///                 letter = self.letters.recv() => letter,
///             };
///             let Some(_letter) = letter else { return };
///             pulse.at(DELIVERING);
///             // …
///             pulse.round();
///         }
///     }
/// }
/// ```
pub trait Task: Unpin + 'static {
    /// Works until told to stop. A return before that is an exit like any other.
    fn run(self, pulse: Pulse) -> impl Future<Output = ()> + 'static;
}

/// Recurring at an interval that never overlap, as a child of their own: [`Ref::every`].
pub trait Every: Unpin + 'static {
    /// When.
    fn schedule(&self) -> Schedule;

    /// One round. It may take as long as [`Policy::step_limit`]; a longer one says by the [`Pulse`] how it gets on. Dropped
    /// where it stands when the child must stop.
    fn round(&mut self, pulse: &Pulse) -> impl Future<Output = ()>;
}

/// When rounds begin. One that is missed, because the round before took longer, is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    first: Duration,
    interval: Duration,
}

impl Schedule {
    /// At once, and then at this interval.
    pub const fn every(interval: Duration) -> Self {
        Schedule { first: Duration::ZERO, interval }
    }

    /// The first one later.
    #[must_use]
    pub const fn first_after(self, first: Duration) -> Self {
        Schedule { first, ..self }
    }
}

impl Pulse {
    /// Makes rounds until told to stop.
    pub async fn every(&self, schedule: Schedule, mut round: impl AsyncFnMut(&Pulse)) {
        let rounds = async {
            let mut clock = interval_at(Instant::now() + schedule.first, schedule.interval);
            clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
            loop {
                self.at(PAUSE);
                clock.tick().await;
                self.at(ROUND);
                round(self).await;
                self.round();
            }
        };
        self.until_stopped(rounds).await;
    }
}

/// Recurring, as a task.
#[derive(Debug)]
pub struct Recurring<E>(E);

impl<E: Every> Task for Recurring<E> {
    async fn run(self, pulse: Pulse) {
        let Recurring(mut every) = self;
        pulse.every(every.schedule(), async |pulse| every.round(pulse).await).await;
    }
}

/// The actor around a [`Task`]. It handles no messages.
#[derive(Debug)]
pub struct Loop<T>(Option<T>);

impl<T: Task> Actor for Loop<T> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        if let Some(task) = self.0.take() {
            ctx.live_by(task);
        }
    }
}

impl<T: Task> Ref<Loop<T>> {
    /// A place for a loop. `factory` makes its fresh state, once per incarnation.
    pub fn task(
        name: impl Into<String>,
        policy: Policy,
        factory: impl Fn() -> T + Send + Sync + 'static,
    ) -> Self {
        Ref::of_kind(std::any::type_name::<T>(), name, policy, move |_| Loop(Some(factory())))
    }
}

impl<E: Every> Ref<Loop<Recurring<E>>> {
    /// A place for rounds. `factory` makes their fresh state, once per incarnation.
    pub fn every(
        name: impl Into<String>,
        policy: Policy,
        factory: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        let factory = move |_: &mut Context<_>| Loop(Some(Recurring(factory())));
        Ref::of_kind(std::any::type_name::<E>(), name, policy, factory)
    }
}
