//! What the counters of all stages say at one moment.

use std::sync::Arc;
use std::time::Instant;

use prometheus::core::Collector;
use tropa_supervision::{ActorStatus, ActorSystem};

use super::StageName;
use super::latencies::Latencies;
use super::objective::{Kept, PROMISES, kept};
use crate::consumer::End;
use crate::domain::{Status, Topic};
use crate::feed::Feed;
use crate::metrics::Metrics;

/// What [`Reading`]s are read from.
#[derive(Clone)]
pub(crate) struct Sources {
    pub metrics: Arc<Metrics>,
    pub feed: Feed,
    pub system: ActorSystem,
}

/// How many stages there are.
pub(super) const STAGES: usize = StageName::ALL.len();

/// The paths of actors that are timed by their answers.
const GUARD: &str = "/tropa/dispatch/idempotency-guard";
const BREAKER: &str = "/tropa/dispatch/breaker";

/// What each stage has got done since the process began, and how long it took.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(super) at: Instant,
    pub(super) done: [u64; STAGES],
    pub(super) times: [Latencies; STAGES],
    pub(super) intake: Latencies,
    pub(super) dispatch: Latencies,
    pub(super) kept: [Kept; PROMISES],
}

impl Sources {
    /// Reads them.
    pub(super) fn read(&self) -> Reading {
        let metrics = &self.metrics;
        let intake = Latencies::of([metrics.intake_duration.clone()]);
        let dispatch = Latencies::of([metrics.dispatch_duration.clone()]);
        let published =
            Topic::ALL.map(|topic| metrics.outbox_published.with_label_values(&[topic.as_str()]).get());
        let delivered = End::ALL.map(|end| metrics.delivery_duration.with_label_values(&[end.as_str()]));
        let delivered = Latencies::of(delivered);
        let confirmed = Latencies::of([metrics.relay_publish_duration.clone()]);
        let searched = Latencies::of([metrics.fleet_search_duration.clone()]);
        let done = StageName::ALL.map(|stage| match stage {
            StageName::Intake => self.feed.entered(Status::Pending),
            StageName::Outbox => published.iter().sum(),
            StageName::Broker => confirmed.count(),
            StageName::Consumers => delivered.count(),
            StageName::Guard => sum(&metrics.idempotency),
            StageName::Breaker => sum(&metrics.breaker_calls),
            StageName::Fleet => searched.count(),
            StageName::Orders => self.feed.entered(Status::Dispatched),
        });
        let times = StageName::ALL.map(|stage| match stage {
            StageName::Intake => intake.clone(),
            StageName::Outbox => Latencies::of([metrics.outbox_wait.clone()]),
            StageName::Broker => confirmed.clone(),
            StageName::Consumers => delivered.clone(),
            StageName::Guard => self.answers(GUARD),
            StageName::Breaker => self.answers(BREAKER),
            StageName::Fleet => searched.clone(),
            StageName::Orders => dispatch.clone(),
        });
        let mut reading =
            Reading { at: Instant::now(), done, times, intake, dispatch, kept: [Kept::default(); PROMISES] };
        reading.kept = kept(self, &reading);
        reading
    }

    fn answers(&self, path: &str) -> Latencies {
        let status: Option<ActorStatus> = self.system.status(path);
        status.map(|actor| Latencies::of_actor(&actor.handle_buckets)).unwrap_or_default()
    }
}

/// All of a counter's series.
fn sum(counter: &prometheus::IntCounterVec) -> u64 {
    let families = counter.collect();
    let series = families.iter().flat_map(prometheus::proto::MetricFamily::get_metric);
    series.map(|metric| metric.get_counter().get_value() as u64).sum()
}
