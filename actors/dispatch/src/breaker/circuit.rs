//! The breaker's decisions, without a runtime: a rolling window, three states, and generations.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::BreakerState;
use crate::settings::BreakerSettings;

/// Buckets in the rolling window.
const BUCKETS: u32 = 10;

/// A call that was let through, to be reported once. One that never is keeps its place in flight; no probe is waited for
/// longer than the breaker would stay open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Permit {
    generation: u64,
    begun: Instant,
}

/// Why a call was not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The breaker is open, or its probes are under way.
    Open,
    /// Too many calls are in flight.
    Full,
}

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It was answered; slow ones count as failed.
    Answered,
    /// It failed, or whoever carried it out died.
    Failed,
}

/// Calls in the window.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub calls: u32,
    /// Of these.
    pub failed: u32,
    /// Of these, and answered.
    pub slow: u32,
}

#[derive(Clone, Copy, Debug)]
enum CircuitPhase {
    Closed,
    Open { until: Instant },
    HalfOpen { begun: u32, good: u32, since: Instant },
}

/// A circuit breaker over calls that are reported to it.
#[derive(Debug)]
pub(crate) struct Circuit {
    settings: BreakerSettings,
    phase: CircuitPhase,
    generation: u64,
    in_flight: u32,
    buckets: VecDeque<(Instant, Tally)>,
}

impl Circuit {
    pub fn new(settings: BreakerSettings) -> Self {
        Self { settings, phase: CircuitPhase::Closed, generation: 1, in_flight: 0, buckets: VecDeque::new() }
    }

    pub fn generation(&self) -> u64 {
        self.generation
    }

    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Where it stands at `now`.
    pub fn state(&self, now: Instant) -> BreakerState {
        match self.phase {
            CircuitPhase::Closed => BreakerState::Closed,
            CircuitPhase::Open { until } if now < until => BreakerState::Open,
            CircuitPhase::Open { .. } | CircuitPhase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// How long it stays open.
    pub fn opens_for(&self, now: Instant) -> Option<Duration> {
        match self.phase {
            CircuitPhase::Open { until } if now < until => Some(until - now),
            _ => None,
        }
    }

    /// Calls in the window.
    pub fn tally(&self, now: Instant) -> Tally {
        self.total(now)
    }

    /// Asks for a call.
    pub fn admit(&mut self, now: Instant) -> Result<Permit, Refused> {
        if let CircuitPhase::Open { until } = self.phase {
            if now < until {
                return Err(Refused::Open);
            }
            self.enter(CircuitPhase::HalfOpen { begun: 0, good: 0, since: now });
        }
        if self.in_flight >= self.settings.max_in_flight {
            return Err(Refused::Full);
        }
        if let CircuitPhase::HalfOpen { begun, since, .. } = &mut self.phase {
            // A probe that never reports must not wedge the breaker: after the open time others may try.
            if *begun >= self.settings.probes && now < *since + self.settings.open_for {
                return Err(Refused::Open);
            }
            if *begun >= self.settings.probes {
                self.enter(CircuitPhase::HalfOpen { begun: 1, good: 0, since: now });
            } else {
                *begun += 1;
            }
        }
        self.in_flight += 1;
        Ok(Permit { generation: self.generation, begun: now })
    }

    /// Reports a call. Of an older generation it only ends the flight. Returns what the window held with it, if that decided.
    pub fn report(&mut self, permit: Permit, verdict: Verdict, now: Instant) -> Tally {
        self.in_flight = self.in_flight.saturating_sub(1);
        if permit.generation != self.generation {
            return Tally::default();
        }
        let mut total = Tally::default();
        let slow = now.saturating_duration_since(permit.begun) > self.settings.slow_after;
        let bad = slow || verdict == Verdict::Failed;
        match &mut self.phase {
            CircuitPhase::Closed => {
                self.record(verdict, slow, now);
                total = self.total(now);
                let share = f64::from(total.failed + total.slow) / f64::from(total.calls.max(1));
                if total.calls >= self.settings.min_calls && share >= self.settings.failure_rate {
                    self.open(now);
                }
            }
            CircuitPhase::HalfOpen { .. } if bad => self.open(now),
            CircuitPhase::HalfOpen { good, .. } => {
                *good += 1;
                if *good >= self.settings.probes {
                    self.enter(CircuitPhase::Closed);
                }
            }
            CircuitPhase::Open { .. } => {}
        }
        total
    }

    fn open(&mut self, now: Instant) {
        self.enter(CircuitPhase::Open { until: now + self.settings.open_for });
    }

    fn enter(&mut self, phase: CircuitPhase) {
        self.phase = phase;
        self.generation += 1;
        self.buckets.clear();
    }

    fn record(&mut self, verdict: Verdict, slow: bool, now: Instant) {
        let width = self.settings.window / BUCKETS;
        if self.buckets.back().is_none_or(|(start, _)| now >= *start + width) {
            self.buckets.push_back((now, Tally::default()));
            while self.buckets.front().is_some_and(|(start, _)| *start + self.settings.window < now) {
                self.buckets.pop_front();
            }
        }
        if let Some((_, tally)) = self.buckets.back_mut() {
            tally.calls += 1;
            tally.failed += u32::from(verdict == Verdict::Failed);
            tally.slow += u32::from(slow && verdict != Verdict::Failed);
        }
    }

    fn total(&self, now: Instant) -> Tally {
        let live = self.buckets.iter().filter(|(start, _)| *start + self.settings.window >= now);
        live.fold(Tally::default(), |sum, (_, t)| Tally {
            calls: sum.calls + t.calls,
            failed: sum.failed + t.failed,
            slow: sum.slow + t.slow,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn circuit() -> (Circuit, Instant) {
        (Circuit::new(BreakerSettings::default()), Instant::now())
    }

    fn calls(circuit: &mut Circuit, count: u32, verdict: Verdict, now: Instant) {
        for _ in 0..count {
            let permit = circuit.admit(now).unwrap();
            circuit.report(permit, verdict, now);
        }
    }

    #[test]
    fn opens_at_the_failure_rate_and_not_before_the_volume() {
        let (mut circuit, now) = circuit();
        calls(&mut circuit, 9, Verdict::Failed, now);
        assert_eq!(circuit.state(now), BreakerState::Closed, "9 calls are too few");
        calls(&mut circuit, 1, Verdict::Failed, now);
        assert_eq!(circuit.state(now), BreakerState::Open);
        assert_eq!(circuit.admit(now + 29 * SECOND), Err(Refused::Open));
    }

    #[test]
    fn a_healthy_share_keeps_it_closed_and_old_failures_are_forgotten() {
        let (mut circuit, now) = circuit();
        calls(&mut circuit, 5, Verdict::Answered, now);
        calls(&mut circuit, 7, Verdict::Failed, now);
        assert_eq!(circuit.state(now), BreakerState::Closed, "7 of 12 is less than 60 %");
        let later = now + 11 * SECOND;
        calls(&mut circuit, 9, Verdict::Failed, later);
        assert_eq!(circuit.state(later), BreakerState::Closed, "the window has moved on");
    }

    #[test]
    fn slow_calls_count() {
        let (mut circuit, now) = circuit();
        let permits: Vec<_> = (0..10).map(|_| circuit.admit(now).unwrap()).collect();
        for permit in permits {
            circuit.report(permit, Verdict::Answered, now + 2 * SECOND);
        }
        assert_eq!(circuit.state(now + 2 * SECOND), BreakerState::Open);
    }

    #[test]
    fn probes_decide_and_late_results_are_ignored() {
        let (mut circuit, now) = circuit();
        let late = circuit.admit(now).unwrap();
        calls(&mut circuit, 10, Verdict::Failed, now);
        let reopened = now + 30 * SECOND;
        assert_eq!(circuit.state(reopened), BreakerState::HalfOpen);
        let probes: Vec<_> = (0..3).map(|_| circuit.admit(reopened).unwrap()).collect();
        assert_eq!(circuit.admit(reopened), Err(Refused::Open), "one set of probes");
        circuit.report(late, Verdict::Failed, reopened);
        assert_eq!(circuit.state(reopened), BreakerState::HalfOpen, "of an older generation");
        for probe in probes {
            circuit.report(probe, Verdict::Answered, reopened);
        }
        assert_eq!(circuit.state(reopened), BreakerState::Closed);
        assert_eq!(circuit.in_flight(), 0);
    }

    #[test]
    fn a_failed_probe_opens_it_again() {
        let (mut circuit, now) = circuit();
        calls(&mut circuit, 10, Verdict::Failed, now);
        let reopened = now + 30 * SECOND;
        calls(&mut circuit, 1, Verdict::Failed, reopened);
        assert_eq!(circuit.state(reopened), BreakerState::Open);
    }

    #[test]
    fn silent_probes_do_not_wedge_it() {
        let (mut circuit, now) = circuit();
        calls(&mut circuit, 10, Verdict::Failed, now);
        let reopened = now + 30 * SECOND;
        for _ in 0..3 {
            circuit.admit(reopened).unwrap();
        }
        assert_eq!(circuit.admit(reopened + 29 * SECOND), Err(Refused::Open));
        assert!(circuit.admit(reopened + 30 * SECOND).is_ok());
    }

    #[test]
    fn the_bulkhead_holds() {
        let settings = BreakerSettings { max_in_flight: 2, ..BreakerSettings::default() };
        let (mut circuit, now) = (Circuit::new(settings), Instant::now());
        let permit = circuit.admit(now).unwrap();
        circuit.admit(now).unwrap();
        assert_eq!(circuit.admit(now), Err(Refused::Full));
        circuit.report(permit, Verdict::Answered, now);
        assert!(circuit.admit(now).is_ok());
    }
}
