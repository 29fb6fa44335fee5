//! What is promised: the same as in `docker/prometheus/rules/slo.yml`, of this instance, in the last hour.

use std::time::Duration;

use crate::domain::Status;

use super::reading::{Reading, Sources};

/// Orders are answered within this time.
const ANSWERED: Duration = Duration::from_millis(200);

/// Orders that go out do so within this time.
const OUT: Duration = Duration::from_secs(5);

/// How many promises there are.
pub(super) const PROMISES: usize = 4;

/// Their names, and what share of all is to go well.
const TARGETS: [(&str, f64); PROMISES] = [
    ("intake_available", 0.999),
    ("intake_fast", 0.95),
    ("dispatch_fast", 0.99),
    ("dispatch_succeeds", 0.995),
];

/// A promise, and how it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// `intake_available`: orders are not refused; `intake_fast`: they are answered within 200 ms; `dispatch_fast`: those that
    /// go out do so within 5 s; `dispatch_succeeds`: they do not end with a person.
    pub name: &'static str,
    /// What share of all is to go well.
    pub target: f64,
    /// What share did; `None` when there was nothing.
    pub attained: Option<f64>,
    /// Of what time: an hour, or since the process began.
    pub window: Duration,
    /// What share of what may go wrong is left; below zero when more did.
    pub budget_left: f64,
}

/// What was promised something, and of how many it was not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub all: u64,
    pub broken: u64,
}

/// How the promises are kept, since the process began.
pub(super) fn kept(sources: &Sources, reading: &Reading) -> [Kept; PROMISES] {
    let entered = |status| sources.feed.entered(status);
    let refused = |reason: &str| sources.metrics.refused.with_label_values(&[reason]).get();
    let slow = |times: &super::latencies::Latencies, longest| Kept {
        all: times.count(),
        broken: times.count() - times.within(longest),
    };
    // Who is refused because the instance drains was sent to the wrong one.
    let unavailable = refused("overloaded") + refused("unavailable");
    let new = entered(Status::Pending);
    [
        Kept { all: new + unavailable, broken: unavailable },
        slow(&reading.intake, ANSWERED),
        slow(&reading.dispatch, OUT),
        Kept { all: new, broken: entered(Status::ManualDispatch).min(new) },
    ]
}

/// What came of the promises between two looks, so far apart.
pub(super) fn objectives(
    before: &[Kept; PROMISES],
    now: &[Kept; PROMISES],
    window: Duration,
) -> Vec<Objective> {
    let objective = |((name, target), (before, now)): ((&'static str, f64), (&Kept, &Kept))| {
        let all = now.all.saturating_sub(before.all);
        let broken = now.broken.saturating_sub(before.broken).min(all);
        let share = (all > 0).then(|| broken as f64 / all as f64);
        Objective {
            name,
            target,
            attained: share.map(|broken| 1.0 - broken),
            window,
            budget_left: share.map_or(1.0, |broken| 1.0 - broken / (1.0 - target)),
        }
    };
    TARGETS.into_iter().zip(before.iter().zip(now)).map(objective).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_what_may_go_wrong() {
        let before = [Kept { all: 1_000, broken: 1_000 }; PROMISES];
        let now = [Kept { all: 3_000, broken: 1_001 }; PROMISES];
        let kept = objectives(&before, &now, Duration::from_hours(1));
        assert_eq!(kept.iter().map(|each| each.attained).collect::<Vec<_>>(), [Some(0.9995); PROMISES]);
        let left: Vec<_> = kept.iter().map(|each| (each.budget_left * 100.0).round() as i64).collect();
        assert_eq!(left, [50, 99, 95, 90]);
        let idle = objectives(&now, &now, Duration::from_hours(1));
        assert_eq!((idle[0].attained, idle[0].budget_left), (None, 1.0), "nobody was promised anything");
    }
}
