//! What the stages' counters said, every five seconds for five minutes; and how the promises were kept, every minute for an hour.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Objective;
use super::latencies::Latencies;
use super::objective::{Kept, PROMISES, objectives};
use super::reading::{Reading, STAGES, Sources};

/// Between two readings.
const STEP: Duration = Duration::from_secs(5);
/// Steps that are kept.
pub(super) const STEPS: usize = 60;
/// A rate is what came in so long, at least.
const RATED: Duration = Duration::from_secs(10);
/// A quantile is of what came in so long.
const TIMED: Duration = Duration::from_mins(1);
/// Promises are looked at as often, over so many looks.
const MINUTE: Duration = Duration::from_mins(1);
const MINUTES: usize = 60;

/// What was read. Outlives who reads it. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trend(Arc<Mutex<Readings>>);

#[derive(Debug, Default)]
struct Readings {
    steps: VecDeque<Reading>,
    minutes: VecDeque<(Instant, [Kept; PROMISES])>,
}

/// What the readings say of now.
pub(super) struct Figures {
    pub per_second: [f64; STAGES],
    pub times: [Latencies; STAGES],
    pub series: [Vec<f64>; STAGES],
    pub objectives: Vec<Objective>,
}

impl Trend {
    /// Reads when it is time to; call it every second, about.
    pub fn sample(&self, sources: &Sources) {
        let due = |last: Option<Instant>, every: Duration| {
            last.is_none_or(|last| last.elapsed() + Duration::from_millis(500) >= every)
        };
        if due(self.lock().steps.back().map(|reading| reading.at), STEP) {
            self.add(sources.read());
        }
    }

    fn add(&self, reading: Reading) {
        let mut readings = self.lock();
        if readings.minutes.back().is_none_or(|(at, _)| reading.at - *at >= MINUTE) {
            if readings.minutes.len() > MINUTES {
                readings.minutes.pop_front();
            }
            readings.minutes.push_back((reading.at, reading.kept));
        }
        if readings.steps.len() > STEPS {
            readings.steps.pop_front();
        }
        readings.steps.push_back(reading);
    }

    /// What they say of `now`.
    pub(super) fn figures(&self, now: &Reading) -> Figures {
        let readings = self.lock();
        // The last one that is so old; before that, the oldest there is.
        let back = |age: Duration| {
            let mut old = readings.steps.iter().rev().skip_while(|reading| reading.at + age > now.at);
            old.next().or(readings.steps.front())
        };
        let (lately, minute) = (back(RATED), back(TIMED));
        let per_second = std::array::from_fn(|stage| lately.map_or(0.0, |before| rate(before, now, stage)));
        let times = std::array::from_fn(|stage| {
            minute.map_or_else(
                || now.times[stage].clone(),
                |before| now.times[stage].since(&before.times[stage]),
            )
        });
        let series = std::array::from_fn(|stage| {
            let pairs = readings.steps.iter().zip(readings.steps.iter().skip(1));
            let done: Vec<f64> = pairs.map(|(before, after)| rate(before, after, stage)).collect();
            // Before the process began nothing was done.
            let mut series = vec![0.0; STEPS.saturating_sub(done.len())];
            series.extend(&done[done.len().saturating_sub(STEPS)..]);
            series
        });
        let (begun, before) = readings.minutes.front().copied().unwrap_or((now.at, now.kept));
        Figures { per_second, times, series, objectives: objectives(&before, &now.kept, now.at - begun) }
    }

    fn lock(&self) -> MutexGuard<'_, Readings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn rate(before: &Reading, after: &Reading, stage: usize) -> f64 {
    let seconds = (after.at - before.at).as_secs_f64();
    let done = after.done[stage].saturating_sub(before.done[stage]) as f64;
    if seconds > 0.0 { (done / seconds * 100.0).round() / 100.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(at: Instant, done: u64) -> Reading {
        Reading {
            at,
            done: [done; STAGES],
            times: std::array::from_fn(|_| Latencies::default()),
            intake: Latencies::default(),
            dispatch: Latencies::default(),
            kept: [Kept { all: done, broken: 0 }; PROMISES],
        }
    }

    #[test]
    fn five_minutes_are_sixty_steps_and_the_rate_is_of_the_last_two() {
        let (trend, begun) = (Trend::default(), Instant::now());
        // Ten a second for six minutes, then a hundred.
        let mut done = 0;
        for step in 0..=72 {
            done = step * 50;
            trend.add(reading(begun + STEP * u32::try_from(step).unwrap(), done));
        }
        for step in 73..=74 {
            done += 500;
            trend.add(reading(begun + STEP * step, done));
        }
        let figures = trend.figures(&reading(begun + STEP * 74, done));
        assert_eq!(figures.series[0].len(), STEPS);
        assert_eq!((figures.series[0][0], figures.series[0][57], figures.series[0][59]), (10.0, 10.0, 100.0));
        assert_eq!(figures.per_second.map(|rate| rate as u64), [100; STAGES]);
    }

    #[test]
    fn what_has_just_begun_has_done_nothing_before() {
        let (trend, begun) = (Trend::default(), Instant::now());
        trend.add(reading(begun, 0));
        trend.add(reading(begun + STEP, 5));
        let figures = trend.figures(&reading(begun + STEP * 2, 30));
        assert_eq!(
            (figures.series[7].len(), figures.series[7][58], figures.series[7][59]),
            (STEPS, 0.0, 1.0)
        );
        assert_eq!(figures.per_second[7] as u64, 3);
        assert_eq!(figures.objectives[0].window, STEP * 2);
    }

    #[test]
    fn promises_are_of_an_hour() {
        let (trend, begun) = (Trend::default(), Instant::now());
        (0..200_u32).for_each(|minute| trend.add(reading(begun + MINUTE * minute, 1)));
        let window = trend.figures(&reading(begun + MINUTE * 199, 1)).objectives[0].window;
        assert_eq!(window, Duration::from_hours(1));
    }
}
