//! The adapters of the standalone mode, behind their ports.

use std::sync::Arc;

use tokio::sync::Notify;
use tropa_dispatch::port::{Clock, DriverIndex, Fleet, SystemClock};
use tropa_dispatch::tree::Ports;

use crate::config::{Config, Mode, StoreConfig};
use crate::embedded::{
    AuditLog, BrokerSettings, EmbeddedBroker, EmbeddedDriverIndex, EmbeddedInstances, EmbeddedLeases,
    FleetSettings, InProcessFleet,
};
use crate::grpc::client::GrpcFleet;
use crate::sqlite::{self, SqliteStore};

/// What was opened, and must be closed.
pub struct Adapters {
    pub ports: Ports,
    store: SqliteStore,
    broker: EmbeddedBroker,
}

pub fn store_options(store: &StoreConfig, group_commit: bool) -> sqlite::Options {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    sqlite::Options { group_commit, readers: store.readers, ..sqlite::Options::new(store.database(), clock) }
}

impl Adapters {
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        anyhow::ensure!(
            config.instance.mode == Mode::Standalone,
            "distributed mode is not composed in this version"
        );
        let settings = config.dispatch_settings();
        let store = SqliteStore::open(store_options(&config.store, settings.group_commit))?;
        let audit = config.store.audit_log.as_deref().map(AuditLog::open).transpose()?;
        let broker = EmbeddedBroker::new(BrokerSettings::default(), audit);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let index: Arc<dyn DriverIndex> =
            Arc::new(EmbeddedDriverIndex::new(clock.clone(), settings.driver_max_age));
        let driver_available = Arc::new(Notify::new());
        let fleet: Arc<dyn Fleet> = if let Some(endpoint) = config.fleet.endpoints.first() {
            Arc::new(GrpcFleet::connect_lazy(endpoint, settings.fleet_deadline)?)
        } else {
            let how = FleetSettings { max_age: settings.driver_max_age, lease: settings.claim_lease };
            Arc::new(InProcessFleet::new(index.clone(), how, driver_available.clone()))
        };
        let ports = Ports {
            orders: Arc::new(store.clone()),
            outbox: Arc::new(store.clone()),
            letters: Arc::new(store.clone()),
            drivers: Arc::new(store.clone()),
            broker: Arc::new(broker.clone()),
            leases: Arc::new(EmbeddedLeases::new()),
            index,
            fleet,
            driver_available,
            instances: Arc::new(EmbeddedInstances::new()),
            clock,
        };
        Ok(Self { ports, store, broker })
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
