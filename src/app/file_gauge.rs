//! `tropa_store_file{state}`: how the database file of standalone mode is, read at each scrape.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntGaugeVec, Opts, Registry};
use tropa_sqlite::{FileState, SqliteStore};

/// Asks the store when it is asked.
pub struct FileGauge {
    store: SqliteStore,
    gauge: IntGaugeVec,
}

impl FileGauge {
    /// Registers it for this store.
    pub fn register(registry: &Registry, store: SqliteStore) -> Result<(), prometheus::Error> {
        let opts = Opts::new(
            "tropa_store_file",
            "1 for the state the database file is in; orders are taken while it is sound",
        );
        registry.register(Box::new(Self { store, gauge: IntGaugeVec::new(opts, &["state"])? }))
    }
}

impl Collector for FileGauge {
    fn desc(&self) -> Vec<&Desc> {
        self.gauge.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let now = self.store.file();
        for state in FileState::ALL {
            self.gauge.with_label_values(&[state.as_str()]).set(i64::from(state == now));
        }
        self.gauge.collect()
    }
}
