//! What is running: `tropa_build_info` and the process's own metrics.

use prometheus::{IntGauge, Opts, Registry, process_collector::ProcessCollector};

/// Registers both. Fails when a name is taken: call it once per registry.
pub fn register_process(registry: &Registry) -> Result<(), prometheus::Error> {
    let info = Opts::new("tropa_build_info", "1; its labels say what is running")
        .const_label("version", env!("CARGO_PKG_VERSION"));
    let info = IntGauge::with_opts(info)?;
    info.set(1);
    registry.register(Box::new(info))?;
    registry.register(Box::new(ProcessCollector::for_self()))
}
