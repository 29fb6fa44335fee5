//! The database's connections, read at each scrape: who takes one leaves no trace here.

use prometheus::{
    Error, IntGaugeVec, Opts, Registry,
    core::{Collector, Desc},
    proto::MetricFamily,
};

/// How a pool of connections stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSight {
    /// What it is for.
    pub pool: &'static str,
    /// Connections it may have.
    pub most: usize,
    /// Connections that are lent.
    pub used: usize,
    /// Connections that wait to be lent.
    pub idle: usize,
    /// Who waits for one.
    pub waiting: usize,
}

/// Registers `tropa_database_connections{pool,state}`, `tropa_database_connections_max{pool}` and
/// `tropa_database_waiting{pool}`.
pub fn register_database(
    registry: &Registry,
    look: impl Fn() -> Vec<PoolSight> + Send + Sync + 'static,
) -> Result<(), Error> {
    let gauge = |name: &str, help: &str, labels: &[&str]| IntGaugeVec::new(Opts::new(name, help), labels);
    registry.register(Box::new(Pools {
        look: Box::new(look),
        connections: gauge(
            "tropa_database_connections",
            "Connections to the database, lent or not",
            &["pool", "state"],
        )?,
        most: gauge(
            "tropa_database_connections_max",
            "Connections to the database that there may be",
            &["pool"],
        )?,
        waiting: gauge("tropa_database_waiting", "Who waits for a connection to the database", &["pool"])?,
    }))
}

struct Pools {
    look: Box<dyn Fn() -> Vec<PoolSight> + Send + Sync>,
    connections: IntGaugeVec,
    most: IntGaugeVec,
    waiting: IntGaugeVec,
}

impl Collector for Pools {
    fn desc(&self) -> Vec<&Desc> {
        [&self.connections, &self.most, &self.waiting].into_iter().flat_map(Collector::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        for PoolSight { pool, most, used, idle, waiting } in (self.look)() {
            let set = |gauge: &IntGaugeVec, labels: &[&str], value: usize| {
                gauge.with_label_values(labels).set(i64::try_from(value).unwrap_or(i64::MAX));
            };
            set(&self.connections, &[pool, "used"], used);
            set(&self.connections, &[pool, "idle"], idle);
            set(&self.most, &[pool], most);
            set(&self.waiting, &[pool], waiting);
        }
        [&self.connections, &self.most, &self.waiting].into_iter().flat_map(Collector::collect).collect()
    }
}

#[cfg(test)]
mod tests {
    use prometheus::TextEncoder;

    use super::*;

    #[test]
    fn a_scrape_shows_the_pools_of_this_moment() {
        let registry = Registry::new();
        let pool = PoolSight { pool: "orders", most: 16, used: 3, idle: 2, waiting: 7 };
        register_database(&registry, move || vec![pool]).unwrap();
        let text = TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
        for line in [
            "tropa_database_connections{pool=\"orders\",state=\"idle\"} 2",
            "tropa_database_connections{pool=\"orders\",state=\"used\"} 3",
            "tropa_database_connections_max{pool=\"orders\"} 16",
            "tropa_database_waiting{pool=\"orders\"} 7",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
