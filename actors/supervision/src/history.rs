//! What an actor was like in the last quarter of an hour: looked at every few seconds, from outside, so that no message
//! costs anything.

use std::collections::VecDeque;
use std::sync::Weak;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::event::unix_ms;
use crate::histogram::{Counts, quantile};
use crate::vitals::Vitals;
use crate::{Exit, MessageStatus};

/// How often actors are looked at.
const STEP: Duration = Duration::from_secs(5);

/// A quarter of an hour.
const SAMPLES: usize = 180;

/// Exits that are kept of an actor.
const EXITS: usize = 50;

/// Characters of an exit's text that are kept.
const DETAIL: usize = 1_000;

/// One look at an actor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Messages that waited.
    pub depth: u32,
    /// Messages taken up a second, since the look before.
    pub handled_per_second: f32,
    /// How long those had waited; `None` when there were none.
    pub wait_p99_us: Option<u32>,
    /// How long those took that were replied to; `None` when there were none.
    pub handle_p99_us: Option<u32>,
    /// How often it had been started again.
    pub restarts: u32,
}

/// The end of one incarnation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastExit {
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Which incarnation.
    pub epoch: u64,
    /// How; of a long text its beginning.
    pub exit: Exit,
}

/// What an actor was like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActorHistory {
    /// The time between two looks.
    pub step_ms: u64,
    /// The looks of the last quarter of an hour, oldest first.
    pub samples: Vec<Sample>,
    /// How its incarnations ended, newest first.
    pub exits: Vec<PastExit>,
    /// Its messages by type, of all incarnations.
    pub messages: Vec<MessageStatus>,
}

impl ActorHistory {
    pub(crate) fn of(vitals: &Vitals) -> Self {
        ActorHistory {
            step_ms: STEP.as_millis() as u64,
            samples: vitals.past().samples.iter().copied().collect(),
            exits: vitals.record().exits.iter().rev().cloned().collect(),
            messages: vitals.handling.messages(),
        }
    }
}

/// The looks at one actor.
#[derive(Debug, Default)]
pub(crate) struct Past {
    samples: VecDeque<Sample>,
    before: Option<Before>,
}

/// The counts at the look before.
#[derive(Debug)]
struct Before {
    at: Instant,
    handled: u64,
    wait: Counts,
    handle: Counts,
}

impl Past {
    /// Looks. The first look has nothing to compare with.
    pub(crate) fn look(&mut self, vitals: &Vitals, depth: usize, at: Instant) {
        use std::sync::atomic::Ordering::Relaxed;
        let now = Before {
            at,
            handled: vitals.handled.load(Relaxed),
            wait: vitals.wait.counts(),
            handle: vitals.handling.all().counts(),
        };
        if let Some(before) = &self.before {
            let seconds = at.saturating_duration_since(before.at).as_secs_f32().max(0.001);
            if self.samples.len() == SAMPLES {
                self.samples.pop_front();
            }
            self.samples.push_back(Sample {
                at: unix_ms(),
                depth: depth as u32,
                handled_per_second: (now.handled - before.handled) as f32 / seconds,
                wait_p99_us: p99(&now.wait, &before.wait),
                handle_p99_us: p99(&now.handle, &before.handle),
                restarts: vitals.restarts.load(Relaxed) as u32,
            });
        }
        self.before = Some(now);
    }
}

/// Of what was counted in between.
fn p99(now: &Counts, before: &Counts) -> Option<u32> {
    let mut between = *now;
    between.iter_mut().zip(before).for_each(|(now, before)| *now -= before);
    let any = between.iter().any(|count| *count > 0);
    any.then(|| u32::try_from(quantile(&between, 0.99)).unwrap_or(u32::MAX))
}

/// Keeps the newest exits.
pub(crate) fn keep(exits: &mut VecDeque<PastExit>, at: u64, epoch: u64, exit: &Exit) {
    if exits.len() == EXITS {
        exits.pop_front();
    }
    exits.push_back(PastExit { at, epoch, exit: exit.clone().cut(DETAIL) });
}

/// Looks at whatever there is to be looked at, on a thread of its own: no actor's thread may hold it up. Ends with it.
pub(crate) fn observe<T: Send + Sync + 'static>(subject: Weak<T>, look: impl Fn(&T) + Send + 'static) {
    let run = move || {
        loop {
            std::thread::sleep(STEP);
            let Some(subject) = subject.upgrade() else { return };
            look(&subject);
        }
    };
    if let Err(error) = std::thread::Builder::new().name("actor-history".into()).spawn(run) {
        // Nothing but the charts needs it.
        tracing::warn!(%error, "no histories: cannot start their thread");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;
    use std::sync::atomic::Ordering::Relaxed;

    fn vitals() -> Vitals {
        Vitals::new("worker".into(), "Worker", Policy::new(8))
    }

    #[test]
    fn a_sample_tells_what_happened_since_the_one_before() {
        let (vitals, begun) = (vitals(), Instant::now());
        let look = |depth, seconds| vitals.past().look(&vitals, depth, begun + Duration::from_secs(seconds));
        let took = |count: u64, us| {
            for _ in 0..count {
                vitals.handled.fetch_add(1, Relaxed);
                vitals.wait.record(Duration::from_micros(us));
                vitals.handling.record(vitals.handling.place("a::Work"), Duration::from_micros(us));
            }
        };
        took(1_000, 1_000_000);
        look(0, 0);
        took(50, 100);
        look(3, 5);
        look(0, 10);
        let history = ActorHistory::of(&vitals);
        let [busy, idle] = &history.samples[..] else { panic!("{history:?}") };
        assert_eq!((busy.depth, busy.wait_p99_us, busy.handle_p99_us), (3, Some(127), Some(127)));
        assert!((busy.handled_per_second - 10.0).abs() < 0.01, "{busy:?}");
        assert_eq!((idle.depth, idle.wait_p99_us, idle.handle_p99_us), (0, None, None));
        assert_eq!(history.messages[0].handled, 1_050);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let (vitals, begun) = (vitals(), Instant::now());
        for n in 0..SAMPLES as u64 + 10 {
            vitals.past().look(&vitals, n as usize, begun + STEP * n as u32);
        }
        for epoch in 1..=EXITS as u64 + 5 {
            vitals.note_exit(epoch, &Exit::Panic("ä".repeat(5_000)));
        }
        let history = ActorHistory::of(&vitals);
        assert_eq!((history.samples.len(), history.exits.len()), (SAMPLES, EXITS));
        assert_eq!(history.samples[SAMPLES - 1].depth as usize, SAMPLES + 9, "the newest are kept");
        assert_eq!(history.exits[0].epoch, EXITS as u64 + 5, "newest first");
        let Exit::Panic(text) = &history.exits[0].exit else { panic!() };
        assert_eq!(text.chars().count(), DETAIL);
    }
}
