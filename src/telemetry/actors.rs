//! The actors' metrics, read from the supervision tree's picture at each scrape: nothing is counted twice, and an
//! actor needs no line of code for it. The label is the actor's path, of which there are as many as the tree has
//! places; orders are not places.

use std::collections::HashMap;

use prometheus::{
    Error, Registry,
    core::{Collector, Desc},
    proto::{Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType},
};
use tropa_supervision::{ActorStatus, ActorSystem};

const RESTARTS: &str = "tropa_actor_restarts_total";
const DEPTH: &str = "tropa_actor_mailbox_depth";
const CHILDREN: &str = "tropa_actor_children";
const LOST: &str = "tropa_actor_children_lost_total";
const HANDLE: &str = "tropa_actor_handle_duration_seconds";

/// Upper bounds in microseconds, from 16 µs to 16.8 s. The picture counts in powers of two, so a bound must be one,
/// and a series must always have the same bounds, so they are these even where nothing was counted.
const BOUNDS_US: [u64; 11] =
    [1 << 4, 1 << 6, 1 << 8, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24];

/// Registers `tropa_actor_restarts_total`, `tropa_actor_mailbox_depth`, `tropa_actor_children`,
/// `tropa_actor_children_lost_total` and `tropa_actor_handle_duration_seconds`.
pub fn register_actors(registry: &Registry, system: &ActorSystem) -> Result<(), Error> {
    let desc = |name: &str, help: &str| {
        Desc::new(name.to_owned(), help.to_owned(), vec!["actor".to_owned()], HashMap::new())
    };
    let descs = vec![
        desc(RESTARTS, "How often the actor was started again")?,
        desc(DEPTH, "Messages that wait for the actor")?,
        desc(CHILDREN, "Children that come and go, such as order aggregates, that there are")?,
        desc(LOST, "Such children that panicked, or were given up because they hung")?,
        desc(HANDLE, "Taking a message up to its reply")?,
    ];
    registry.register(Box::new(Tree { system: system.clone(), descs }))
}

struct Tree {
    system: ActorSystem,
    descs: Vec<Desc>,
}

impl Collector for Tree {
    fn desc(&self) -> Vec<&Desc> {
        self.descs.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let picture = self.system.picture();
        let [restarts, depth, children, lost, handle] = &self.descs[..] else { return Vec::new() };
        vec![
            family(restarts, MetricType::COUNTER, &picture, |actor, metric| {
                let mut counter = Counter::default();
                counter.set_value(actor.restarts as f64);
                metric.set_counter(counter);
                Some(())
            }),
            family(depth, MetricType::GAUGE, &picture, |actor, metric| {
                let mut gauge = Gauge::default();
                gauge.set_value(actor.mailbox_depth as f64);
                metric.set_gauge(gauge);
                Some(())
            }),
            family(children, MetricType::GAUGE, &picture, |actor, metric| {
                let mut gauge = Gauge::default();
                gauge.set_value(actor.dynamic?.living as f64);
                metric.set_gauge(gauge);
                Some(())
            }),
            family(lost, MetricType::COUNTER, &picture, |actor, metric| {
                let children = actor.dynamic?;
                let mut counter = Counter::default();
                counter.set_value((children.panicked + children.hung) as f64);
                metric.set_counter(counter);
                Some(())
            }),
            family(handle, MetricType::HISTOGRAM, &picture, |actor, metric| {
                metric.set_histogram(histogram(actor));
                Some(())
            }),
        ]
    }
}

/// One metric for each actor that `fill` has something to say of.
fn family(
    desc: &Desc,
    kind: MetricType,
    picture: &[ActorStatus],
    fill: impl Fn(&ActorStatus, &mut Metric) -> Option<()>,
) -> MetricFamily {
    let metrics = picture.iter().filter_map(|actor| {
        let mut label = LabelPair::default();
        label.set_name("actor".to_owned());
        label.set_value(actor.path.clone());
        let mut metric = Metric::from_label(vec![label]);
        fill(actor, &mut metric)?;
        Some(metric)
    });
    let mut family = MetricFamily::default();
    family.set_name(desc.fq_name.clone());
    family.set_help(desc.help.clone());
    family.set_field_type(kind);
    family.set_metric(metrics.collect());
    family
}

fn histogram(actor: &ActorStatus) -> Histogram {
    let buckets = BOUNDS_US.map(|bound| {
        let within = actor.handle_buckets.iter().filter(|counted| counted.le_us < bound);
        let mut bucket = Bucket::default();
        bucket.set_upper_bound(bound as f64 / 1e6);
        bucket.set_cumulative_count(within.map(|counted| counted.count).sum());
        bucket
    });
    let mut histogram = Histogram::default();
    histogram.set_sample_count(actor.handle_buckets.iter().map(|bucket| bucket.count).sum());
    histogram.set_sample_sum(actor.handle_sum_us as f64 / 1e6);
    histogram.set_bucket(buckets.to_vec());
    histogram
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use actix::prelude::*;
    use prometheus::TextEncoder;
    use tropa_supervision::{Budget, Context, Policy, Ref, Root, Strategy, SupervisorSpec};

    use super::*;

    struct Sorter;

    impl Actor for Sorter {
        type Context = Context<Self>;
    }

    #[derive(Message)]
    #[rtype(result = "()")]
    struct Sort {
        fail: bool,
    }

    impl Handler<Sort> for Sorter {
        type Result = ();
        fn handle(&mut self, Sort { fail }: Sort, _ctx: &mut Context<Self>) {
            assert!(!fail, "dropped a parcel");
        }
    }

    #[test]
    fn every_actor_of_the_tree_is_measured() {
        let runtime = Arc::new(tokio::runtime::Runtime::new().unwrap());
        let system = ActorSystem::new(1, runtime.clone());
        let sorter = Ref::new("sorter", Policy::new(8), |_| Sorter);
        let top = SupervisorSpec::new(Strategy::OneForOne, Budget::new(5, Duration::from_mins(1)))
            .child(&sorter)
            .into_ref("tropa", Policy::new(8));
        let root = Root::start(&system, top);
        runtime.block_on(async {
            for _ in 0..7 {
                sorter.ask(Sort { fail: false }).await.unwrap();
            }
            sorter.ask(Sort { fail: true }).await.unwrap_err();
            // Answered by the replacement: from here on the restart is counted.
            sorter.ask(Sort { fail: false }).await.unwrap();
        });
        let registry = Registry::new();
        register_actors(&registry, &system).unwrap();
        let text = TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
        for line in [
            r#"tropa_actor_restarts_total{actor="/tropa/sorter"} 1"#,
            r#"tropa_actor_restarts_total{actor="/tropa"} 0"#,
            r#"tropa_actor_mailbox_depth{actor="/tropa/sorter"} 0"#,
            r#"tropa_actor_handle_duration_seconds_bucket{actor="/tropa/sorter",le="0.000016"}"#,
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        let count = r#"tropa_actor_handle_duration_seconds_count{actor="/tropa/sorter"} "#;
        let all = r#"tropa_actor_handle_duration_seconds_bucket{actor="/tropa/sorter",le="+Inf"} "#;
        let value = |start: &str| text.lines().find_map(|line| line.strip_prefix(start).map(str::to_owned));
        assert_eq!(value(count), value(all));
        // The last two may be on their way into the histogram: an answer goes out before its time is noted.
        assert!(value(count).unwrap().parse::<u64>().unwrap() >= 7);
        root.shutdown();
        runtime.block_on(root.wait());
    }
}
