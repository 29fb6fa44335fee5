//! The adapters of standalone mode: a data folder, and the rest in this process.

use std::sync::Arc;

use prometheus::Registry;
use tropa_dispatch::port::{Clock, DisciplinedClock, DriverIndex};
use tropa_dispatch::tree::Ports;
use tropa_embedded::{
    AuditLog, BrokerSettings, EmbeddedBroker, EmbeddedDriverIndex, EmbeddedInstances, EmbeddedLeases,
};
use tropa_sqlite::SqliteStore;

use super::file_gauge::FileGauge;
use super::fleet;
use crate::config::{Config, StoreConfig};
use crate::telemetry::PoolSight;

/// What must be closed.
pub struct Standalone {
    store: SqliteStore,
    broker: EmbeddedBroker,
}

pub fn store_options(
    store: &StoreConfig,
    group_commit: bool,
    clock: Arc<dyn Clock>,
) -> tropa_sqlite::Options {
    tropa_sqlite::Options {
        group_commit,
        readers: store.readers,
        ..tropa_sqlite::Options::new(store.database(), clock)
    }
}

/// Opens the data folder; fails when another process has it.
pub fn open(config: &Config) -> anyhow::Result<(Ports, Standalone)> {
    let settings = config.dispatch_settings();
    let clock = Arc::new(DisciplinedClock::of_machine());
    let store = SqliteStore::open(store_options(&config.store, settings.group_commit, clock.clone()))?;
    if let Some(left_off) = store.left_off() {
        clock.resume(left_off);
    }
    let audit = config.store.audit_log.as_deref().map(AuditLog::open).transpose()?;
    let broker = EmbeddedBroker::new(BrokerSettings::default(), audit);
    let index: Arc<dyn DriverIndex> =
        Arc::new(EmbeddedDriverIndex::new(clock.clone(), settings.driver_max_age));
    let ports = Ports {
        orders: Arc::new(store.clone()),
        outbox: Arc::new(store.clone()),
        letters: Arc::new(store.clone()),
        drivers: Arc::new(store.clone()),
        audit: Arc::new(store.clone()),
        operations: Arc::new(store.clone()),
        broker: Arc::new(broker.clone()),
        leases: Arc::new(EmbeddedLeases::new()),
        fleet: fleet::service(config, &index)?,
        index,
        instances: Arc::new(EmbeddedInstances::new()),
        clock,
        chronicle: Arc::new(store.clone()),
    };
    Ok((ports, Standalone { store, broker }))
}

impl Standalone {
    /// How the connections to the file stand.
    pub fn pools(&self) -> impl Fn() -> Vec<PoolSight> + use<> {
        let store = self.store.clone();
        move || {
            let of = |pool, sight: tropa_sqlite::PoolUse| PoolSight {
                pool,
                most: sight.connections,
                used: sight.used,
                idle: sight.connections.saturating_sub(sight.used),
                waiting: sight.waiting,
            };
            vec![of("reading", store.reading()), of("writing", store.writing())]
        }
    }

    /// Registers `tropa_store_file`.
    pub fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        FileGauge::register(registry, self.store.clone())
    }

    /// Done when the database can no longer be written: the process must be started again.
    pub async fn failed(&self) {
        self.store.stopped().await;
    }

    /// Closes what holds files. Messages nobody settled are in the outbox.
    pub async fn close(self) {
        self.broker.close();
        if let Err(error) = self.store.close().await {
            tracing::warn!(%error, "the database was not closed in good order; nothing committed is lost");
        }
    }
}
