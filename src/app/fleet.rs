//! Which fleet service finds the drivers.

use std::sync::Arc;

use tropa_dispatch::port::{DriverIndex, Fleet};
use tropa_embedded::{FleetSettings, InProcessFleet};

use crate::config::Config;
use crate::grpc::client::{self, EndpointError, GrpcFleet};

/// Those that were named, over gRPC; else the one in this process, over its index.
pub fn service(config: &Config, index: &Arc<dyn DriverIndex>) -> anyhow::Result<Arc<dyn Fleet>> {
    if let Some(remote) = remote(config) {
        return Ok(Arc::new(remote?));
    }
    let settings = config.dispatch_settings();
    let how = FleetSettings { max_age: settings.driver_max_age, lease: settings.claim_lease };
    Ok(Arc::new(InProcessFleet::new(index.clone(), how)))
}

/// Those that were named.
pub fn remote(config: &Config) -> Option<Result<GrpcFleet, EndpointError>> {
    let endpoints = config.fleet.endpoints.clone();
    let (ca, deadline) = (config.servers.ca.clone(), config.dispatch.fleet_deadline);
    // The instances of one Tropa have one admin token.
    let token = config.fleet.token.clone().or_else(|| config.admin.token.clone());
    let identity = config.fleet.identity.clone();
    let options = client::Options { endpoints, ca, token, identity, deadline };
    (!options.endpoints.is_empty()).then(|| GrpcFleet::connect_lazy(&options))
}
