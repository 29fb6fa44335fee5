//! How a loop gets on: the step it is in and since when, and how many rounds it has made. Written by the loop, read by its
//! supervisor and by the live picture.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Something a loop does or waits for. Named where the loop is written, so that its file begins with what it can hang in:
///
/// ```
/// use tropa_supervision::Step;
///
/// const WAKE_UP: Step = Step::idle("waiting for a wake-up");
/// const CLAIMING: Step = Step::new("claiming");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    name: &'static str,
    limit: Limit,
}

/// How long a step may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    /// As its policy says.
    Policy,
    Own(Duration),
    /// For ever: there is nothing to do.
    Idle,
}

impl Step {
    /// A step that is a hang when it outlasts [`Policy::step_limit`](crate::Policy::step_limit).
    pub const fn new(name: &'static str) -> Self {
        Step { name, limit: Limit::Policy }
    }

    /// A wait for something to do: never a hang.
    pub const fn idle(name: &'static str) -> Self {
        Step { name, limit: Limit::Idle }
    }

    /// The same with a limit of its own.
    #[must_use]
    pub const fn within(self, limit: Duration) -> Self {
        Step { limit: Limit::Own(limit), ..self }
    }
}

/// One loop in the live picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoopStatus {
    /// Its name; of a child that is nothing but a loop, the child's.
    pub name: String,
    /// Rounds made, of all incarnations.
    pub rounds: u64,
    /// Rounds a second, over the last minute.
    pub per_second: f64,
    /// What it does or waits for; `None` if there is no incarnation.
    pub doing: Option<String>,
    /// For how long.
    pub for_ms: u64,
}

/// Steps a loop can tell apart; those beyond share the last place.
const STEPS: usize = 12;

/// The window in which rounds are counted.
const WINDOW_MS: u64 = 60_000;

/// One loop of one incarnation. One writer, so that a plain store is enough; no lock and no allocation to beat.
#[derive(Debug)]
pub(crate) struct Pace {
    pub(crate) name: String,
    pub(crate) epoch: u64,
    step_limit: Option<Duration>,
    born: Instant,
    /// Filled as the loop first enters them.
    steps: [OnceLock<Step>; STEPS],
    /// The step's place in the low byte, above it since when, in milliseconds since `born`: one word, so that nobody sees
    /// the time of one step and the name of another.
    word: AtomicU64,
    rounds: AtomicU64,
    /// Of the present minute, and of the one before: the minute's number in the high half, rounds in the low one.
    minutes: [AtomicU64; 2],
}

impl Pace {
    /// `rounds`: those of the incarnations before.
    pub(crate) fn new(name: String, epoch: u64, step_limit: Option<Duration>, rounds: u64) -> Self {
        let pace = Pace {
            name,
            epoch,
            step_limit,
            born: Instant::now(),
            steps: [const { OnceLock::new() }; STEPS],
            word: AtomicU64::new(0),
            rounds: AtomicU64::new(rounds),
            minutes: [AtomicU64::new(0), AtomicU64::new(0)],
        };
        pace.enter(Step::new("starting"), pace.born);
        pace
    }

    /// It is in this step, since then.
    pub(crate) fn enter(&self, step: Step, since: Instant) {
        let since = since.saturating_duration_since(self.born).as_millis() as u64;
        self.word.store(since << 8 | self.place(step) as u64, Relaxed);
    }

    /// It waits here already.
    pub(crate) fn idles_in(&self, step: Step) -> bool {
        step.limit == Limit::Idle && self.step(self.word()) == Some(step)
    }

    fn place(&self, step: Step) -> usize {
        let taken = |place: &OnceLock<Step>| *place.get_or_init(|| step) == step;
        self.steps.iter().position(taken).unwrap_or(STEPS - 1)
    }

    /// Changes with each step, unless two fall into one millisecond.
    pub(crate) fn word(&self) -> u64 {
        self.word.load(Relaxed)
    }

    fn step(&self, word: u64) -> Option<Step> {
        self.steps.get(word as usize & 0xff)?.get().copied()
    }

    /// How long it may stay in the step of this word.
    pub(crate) fn limit(&self, word: u64) -> Option<Duration> {
        match self.step(word)?.limit {
            Limit::Policy => self.step_limit,
            Limit::Own(limit) => Some(limit),
            Limit::Idle => None,
        }
    }

    pub(crate) fn round(&self) {
        self.rounds.store(self.rounds() + 1, Relaxed);
        let (minute, [this, last]) = (self.age() / WINDOW_MS, &self.minutes);
        let counted = this.load(Relaxed);
        if counted >> 32 == minute {
            this.store(counted + 1, Relaxed);
        } else {
            last.store(counted, Relaxed);
            this.store(minute << 32 | 1, Relaxed);
        }
    }

    pub(crate) fn rounds(&self) -> u64 {
        self.rounds.load(Relaxed)
    }

    fn age(&self) -> u64 {
        self.born.elapsed().as_millis() as u64
    }

    /// What it does or waits for, and for how long.
    pub(crate) fn doing(&self) -> Option<(&'static str, u64)> {
        let word = self.word();
        self.step(word).map(|step| (step.name, self.age().saturating_sub(word >> 8)))
    }

    /// As in the picture, beside the incarnation `epoch`.
    pub(crate) fn status(&self, epoch: u64, alive: bool) -> LoopStatus {
        let doing = self.doing().filter(|_| alive && epoch == self.epoch);
        LoopStatus {
            name: self.name.clone(),
            rounds: self.rounds(),
            per_second: per_second(self.minutes.each_ref().map(|minute| minute.load(Relaxed)), self.age()),
            doing: doing.map(|(name, _)| name.to_owned()),
            for_ms: doing.map_or(0, |(_, time)| time),
        }
    }
}

/// The rate over a minute that ends now: this minute's rounds, and of the last minute's the share that is still in it.
fn per_second(minutes: [u64; 2], age_ms: u64) -> f64 {
    let (minute, into) = (age_ms / WINDOW_MS, age_ms % WINDOW_MS);
    let rounds = |wanted: Option<u64>| {
        let counted = minutes.iter().find(|counted| Some(**counted >> 32) == wanted);
        counted.map_or(0.0, |counted| f64::from(*counted as u32))
    };
    let last = rounds(minute.checked_sub(1)) * (WINDOW_MS - into) as f64 / WINDOW_MS as f64;
    let seconds = age_ms.clamp(1_000, WINDOW_MS) as f64 / 1_000.0;
    (rounds(Some(minute)) + last) / seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Step = Step::idle("waiting");
    const WORK: Step = Step::new("working");

    fn pace() -> Pace {
        Pace::new("loop".into(), 1, Some(Duration::from_secs(3)), 7)
    }

    #[test]
    fn each_step_has_its_limit_and_an_idle_one_none() {
        let pace = pace();
        let limit = |step| {
            pace.enter(step, Instant::now());
            pace.limit(pace.word())
        };
        assert_eq!(limit(WORK), Some(Duration::from_secs(3)));
        assert_eq!(limit(WORK.within(Duration::from_secs(9))), Some(Duration::from_secs(9)));
        assert_eq!(limit(IDLE), None);
        assert!(pace.idles_in(IDLE) && !pace.idles_in(WORK));
        assert_eq!(limit(WORK), Some(Duration::from_secs(3)), "found again");
    }

    #[test]
    fn a_step_that_goes_on_is_the_same_word() {
        let (pace, begun) = (pace(), Instant::now() + Duration::from_secs(1));
        pace.enter(WORK, begun);
        let word = pace.word();
        pace.enter(WORK, begun);
        assert_eq!(pace.word(), word);
        pace.enter(WORK, begun + Duration::from_millis(1));
        assert_ne!(pace.word(), word);
    }

    #[test]
    fn more_steps_than_places_are_still_steps() {
        const NAMES: [&str; 20] = [
            "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s",
            "t",
        ];
        let pace = pace();
        for name in NAMES {
            pace.enter(Step::new(name), Instant::now());
            assert!(pace.doing().is_some() && pace.limit(pace.word()).is_some(), "{name}");
        }
    }

    #[test]
    fn rounds_go_on_with_the_next_incarnation_and_have_a_rate() {
        let pace = pace();
        (0..3).for_each(|_| pace.round());
        let status = pace.status(1, true);
        assert_eq!((status.rounds, status.doing.as_deref()), (10, Some("starting")));
        assert_eq!(pace.status(2, true).doing, None, "the next incarnation has not begun it");
        let minute = |number: u64, rounds: u64| number << 32 | rounds;
        assert!((per_second([minute(0, 30), 0], 10_000) - 3.0).abs() < 1e-9, "younger than a minute");
        assert!((per_second([minute(1, 0), minute(0, 60)], 90_000) - 0.5).abs() < 1e-9);
        assert!((per_second([minute(1, 30), minute(0, 60)], 90_000) - 1.0).abs() < 1e-9);
        assert!(per_second([minute(1, 30), minute(0, 60)], 600_000).abs() < 1e-9, "long ago");
    }
}
