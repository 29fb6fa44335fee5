//! The stages as they are now.

use std::time::Duration;

use tropa_supervision::{ActorState, ActorStatus};

use super::reading::Sources;
use super::{Pipeline, Stage, StageName, StageState, Trend};
use crate::breaker::BreakerState;
use crate::port::Backlog;
use crate::settings::Settings;

/// What must be asked of the stores and the broker. What did not answer says why.
pub(crate) struct Depths {
    pub backlog: Result<Backlog, String>,
    pub pending: Result<u64, String>,
    pub ready: Result<u64, String>,
}

/// The present state, and why.
type Standing = (StageState, Option<String>);

/// How much there is, how much there may be, and how old the oldest is.
type Depth = (Option<u64>, Option<u64>, Option<Duration>);

/// All of it, from what was read and what is there.
pub(crate) fn look(
    sources: &Sources,
    trend: &Trend,
    settings: &Settings,
    breaker: Option<BreakerState>,
    depths: &Depths,
) -> Pipeline {
    let now = sources.read();
    let figures = trend.figures(&now);
    let actors = Actors(sources.system.picture());
    let exhausted = actors.0.iter().filter(|actor| actor.budget_left == Some(0)).count() as u64;
    let mut series = figures.series.into_iter();
    let stages = StageName::ALL.into_iter().enumerate().map(|(n, name)| {
        let (state, note) = actors.standing(name, breaker, depths);
        let (depth, capacity, oldest) = actors.depth(name, sources, settings, depths);
        let (p50, p99) = (figures.times[n].quantile(0.5), figures.times[n].quantile(0.99));
        let series = series.next().unwrap_or_default();
        Stage {
            name,
            state,
            note,
            per_second: figures.per_second[n],
            p50,
            p99,
            depth,
            capacity,
            oldest,
            series,
        }
    });
    Pipeline { stages: stages.collect(), objectives: figures.objectives, exhausted }
}

/// The live picture.
struct Actors(Vec<ActorStatus>);

impl Actors {
    /// Those at this path, or numbered behind it.
    fn at<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a ActorStatus> {
        self.0.iter().filter(move |actor| {
            actor.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    }

    fn standing(&self, stage: StageName, breaker: Option<BreakerState>, depths: &Depths) -> Standing {
        let (own, why) = match stage {
            StageName::Intake => (self.of("/tropa/intake"), None),
            StageName::Outbox => (self.of("/tropa/outbox/relay"), away(&depths.backlog)),
            StageName::Broker => return away(&depths.ready).unwrap_or((StageState::Ok, None)),
            StageName::Consumers => (self.of("/tropa/dispatch/consumer-pool/consumer"), None),
            StageName::Guard => (self.of("/tropa/dispatch/idempotency-guard"), None),
            StageName::Breaker => (self.of("/tropa/dispatch/breaker"), breaker.and_then(stands)),
            StageName::Fleet => (self.of("/tropa/dispatch/fleet-client"), breaker.and_then(stands)),
            StageName::Orders => (self.of("/tropa/orders/shard"), away(&depths.pending)),
        };
        match why {
            Some(why) if why.0 >= own.0 => why,
            _ => own,
        }
    }

    /// Of the actors behind a stage: down when none lives, degraded when one does not or says that something keeps it.
    fn of(&self, path: &str) -> Standing {
        let all: Vec<_> = self.at(path).collect();
        let lives = |actor: &&&ActorStatus| actor.state == ActorState::Running;
        let note = all.iter().find_map(|actor| actor.condition.clone());
        let living = all.iter().filter(lives).count();
        match all.iter().find(|actor| actor.state != ActorState::Running) {
            _ if all.is_empty() => (StageState::Ok, Some("does not run in this instance".to_owned())),
            Some(actor) => {
                let state = if living == 0 { StageState::Down } else { StageState::Degraded };
                let is = serde_json::to_value(actor.state).unwrap_or_default();
                (state, Some(format!("{} is {}", actor.name, is.as_str().unwrap_or_default())))
            }
            None if note.is_some() => (StageState::Degraded, note),
            None => (StageState::Ok, None),
        }
    }

    fn depth(&self, stage: StageName, sources: &Sources, settings: &Settings, depths: &Depths) -> Depth {
        let waiting = |path| self.at(path).map(|actor| (actor.mailbox_depth + actor.in_flight) as u64).sum();
        let room = |path| self.at(path).map(|actor| actor.mailbox_capacity as u64).sum();
        let here = |path| self.at(path).next().is_some();
        let gauge = |gauge: &prometheus::IntGauge| u64::try_from(gauge.get()).ok();
        match stage {
            StageName::Intake if here("/tropa/intake") => {
                let queue = crate::intake::QUEUE as u64;
                (Some(waiting("/tropa/intake")), Some(room("/tropa/intake") + queue), None)
            }
            StageName::Outbox => {
                let backlog = depths.backlog.as_ref().ok();
                let due = backlog.map(|backlog| backlog.pending.saturating_sub(backlog.postponed));
                (due, Some(settings.backlog_limit), backlog.and_then(|backlog| backlog.oldest_due))
            }
            StageName::Broker => (depths.ready.as_ref().ok().copied(), None, None),
            StageName::Consumers if here("/tropa/dispatch/consumer-pool/consumer") => {
                let metrics = &sources.metrics;
                (gauge(&metrics.in_flight), gauge(&metrics.capacity), None)
            }
            StageName::Guard if here("/tropa/dispatch/idempotency-guard") => {
                let path = "/tropa/dispatch/idempotency-guard";
                (Some(waiting(path)), Some(room(path)), None)
            }
            StageName::Breaker if here("/tropa/dispatch/breaker") => {
                let calls = u64::from(settings.breaker.max_in_flight);
                (Some(waiting("/tropa/dispatch/breaker")), Some(calls), None)
            }
            StageName::Fleet if here("/tropa/dispatch/fleet-client") => {
                (Some(waiting("/tropa/dispatch/fleet-client")), None, None)
            }
            StageName::Orders => (depths.pending.as_ref().ok().copied(), None, None),
            _ => (None, None, None),
        }
    }
}

fn away<T>(asked: &Result<T, String>) -> Option<Standing> {
    asked.as_ref().err().map(|why| (StageState::Down, Some(why.clone())))
}

fn stands(breaker: BreakerState) -> Option<Standing> {
    match breaker {
        BreakerState::Closed => None,
        BreakerState::Open => Some((StageState::Down, Some("breaker open".to_owned()))),
        BreakerState::HalfOpen => Some((StageState::Degraded, Some("breaker half open".to_owned()))),
    }
}
