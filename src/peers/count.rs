//! What is counted of a listener's connections.

use prometheus::{IntCounterVec, IntGauge, Opts, Registry};

/// Open, refused and cut connections of one listener.
#[derive(Clone, Debug)]
pub struct Count {
    open: IntGauge,
    refused: IntCounterVec,
    cut: IntCounterVec,
}

impl Count {
    /// Of the listener of that name; seen in `registry` if there is one. Fails when it is there already.
    pub fn new(listener: &str, registry: Option<&Registry>) -> Result<Self, prometheus::Error> {
        let opts = |name: &str, help: &str| Opts::new(name, help).const_label("listener", listener);
        let count = Self {
            open: IntGauge::with_opts(opts("tropa_connections", "Connections that have a place"))?,
            refused: IntCounterVec::new(
                opts("tropa_connections_refused_total", "Connections that found no place"),
                &["reason"],
            )?,
            cut: IntCounterVec::new(
                opts("tropa_connections_cut_total", "Connections that were ended by us before their time"),
                &["reason"],
            )?,
        };
        if let Some(registry) = registry {
            registry.register(Box::new(count.open.clone()))?;
            registry.register(Box::new(count.refused.clone()))?;
            registry.register(Box::new(count.cut.clone()))?;
        }
        // There from the start, at zero.
        for reason in ["share", "full"] {
            count.refused.with_label_values(&[reason]);
        }
        for reason in ["idle", "stalled", "excess"] {
            count.cut.with_label_values(&[reason]);
        }
        Ok(count)
    }

    pub(super) fn open(&self, places: usize) {
        self.open.set(i64::try_from(places).unwrap_or(i64::MAX));
    }

    pub(super) fn refused(&self, reason: &str) {
        self.refused.with_label_values(&[reason]).inc();
    }

    pub(super) fn cut(&self, reason: &str) {
        self.cut.with_label_values(&[reason]).inc();
    }
}
