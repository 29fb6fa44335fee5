//! The adapters of distributed mode: PostgreSQL, RabbitMQ and Redis, none of which needs to be there yet.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tropa_dispatch::port::{Clock, DisciplinedClock, DriverIndex};
use tropa_dispatch::tree::Ports;
use tropa_postgres::PostgresStore;
use tropa_rabbitmq::RabbitBroker;
use tropa_redis::{RedisDriverIndex, RedisInstances, RedisLeases};

use super::fleet;
use crate::config::{Config, Secret};
use crate::telemetry::PoolSight;

/// A server that does not let go is left behind after this.
const FAREWELL: Duration = Duration::from_secs(5);

/// What must be closed.
pub struct Distributed {
    store: PostgresStore,
    broker: RabbitBroker,
}

/// The configuration has refused a mode without its servers already.
fn url(secret: Option<&Secret>, name: &str) -> anyhow::Result<String> {
    Ok(secret.with_context(|| format!("{name} is not set"))?.expose().to_owned())
}

pub fn store_options(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<tropa_postgres::Options> {
    let database = &config.servers.database;
    Ok(tropa_postgres::Options {
        url: url(database.url.as_ref(), "DATABASE_URL")?,
        ca: config.servers.ca.clone(),
        pool: database.pool,
        clock,
        group_commit: config.dispatch.group_commit,
    })
}

pub fn broker_options(config: &Config) -> anyhow::Result<tropa_rabbitmq::Options> {
    let broker = &config.servers.broker;
    Ok(tropa_rabbitmq::Options {
        url: url(broker.url.as_ref(), "AMQP_URL")?,
        ca: config.servers.ca.clone(),
        window: broker.window,
        // The outcome must be known while the row is still ours.
        timeout: broker.timeout.min(config.dispatch.outbox_lease / 2),
        instance: config.instance.name.clone(),
    })
}

pub fn redis_options(config: &Config) -> anyhow::Result<tropa_redis::Options> {
    let redis = &config.servers.redis;
    Ok(tropa_redis::Options {
        url: url(redis.url.as_ref(), "REDIS_URL")?,
        ca: config.servers.ca.clone(),
        prefix: redis.prefix.clone(),
        pool: redis.pool,
        timeout: redis.timeout,
    })
}

/// Fails only for what no server can cure: an address that is none, a file of authorities that cannot be read.
pub fn open(config: &Config) -> anyhow::Result<(Ports, Distributed)> {
    let settings = config.dispatch_settings();
    let clock: Arc<dyn Clock> = Arc::new(DisciplinedClock::unset());
    let store = PostgresStore::open(store_options(config, clock.clone())?).context("DATABASE_URL")?;
    let broker = RabbitBroker::new(broker_options(config)?).context("AMQP_URL")?;
    let redis = tropa_redis::Connections::open(redis_options(config)?).context("REDIS_URL")?;
    let index: Arc<dyn DriverIndex> = Arc::new(RedisDriverIndex::new(redis.clone(), settings.driver_max_age));
    let ports = Ports {
        orders: Arc::new(store.clone()),
        outbox: Arc::new(store.clone()),
        letters: Arc::new(store.clone()),
        drivers: Arc::new(store.clone()),
        audit: Arc::new(store.clone()),
        operations: Arc::new(store.clone()),
        broker: Arc::new(broker.clone()),
        leases: Arc::new(RedisLeases::new(redis.clone())),
        fleet: fleet::service(config, &index)?,
        index,
        instances: Arc::new(RedisInstances::new(redis)),
        clock,
        chronicle: Arc::new(store.clone()),
    };
    Ok((ports, Distributed { store, broker }))
}

impl Distributed {
    /// How the pools of connections to the database stand.
    pub fn pools(&self) -> impl Fn() -> Vec<PoolSight> + use<> {
        let store = self.store.clone();
        move || {
            let of = |pool, sight: tropa_postgres::PoolUse| {
                let tropa_postgres::PoolUse { most, used, idle, waiting } = sight;
                PoolSight { pool, most, used, idle, waiting }
            };
            vec![of("orders", store.pool()), of("relaxed", store.relaxed_pool())]
        }
    }

    /// Says goodbye to both.
    pub async fn close(self) {
        let broker = tokio::time::timeout(FAREWELL, self.broker.close());
        let store = tokio::time::timeout(FAREWELL, self.store.close());
        let (broker, store) = tokio::join!(broker, store);
        if broker.is_err() {
            tracing::warn!("the broker did not say goodbye; what it held it delivers again");
        }
        if store.is_err() {
            tracing::warn!("the database did not say goodbye; nothing committed is lost");
        }
    }
}
