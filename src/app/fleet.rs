//! Which fleet service finds the drivers.

use std::sync::Arc;

use tokio::sync::Notify;
use tropa_dispatch::port::{DriverIndex, Fleet};

use crate::config::Config;
use crate::embedded::{FleetSettings, InProcessFleet};
use crate::grpc::client::{self, GrpcFleet};

/// Those that were named, over gRPC; else the one in this process, over its index.
pub fn service(
    config: &Config,
    index: &Arc<dyn DriverIndex>,
    driver_available: &Arc<Notify>,
) -> anyhow::Result<Arc<dyn Fleet>> {
    let settings = config.dispatch_settings();
    let endpoints = config.fleet.endpoints.clone();
    if endpoints.is_empty() {
        let how = FleetSettings { max_age: settings.driver_max_age, lease: settings.claim_lease };
        return Ok(Arc::new(InProcessFleet::new(index.clone(), how, driver_available.clone())));
    }
    let options =
        client::Options { endpoints, ca: config.servers.ca.clone(), deadline: settings.fleet_deadline };
    Ok(Arc::new(GrpcFleet::connect_lazy(&options)?))
}
