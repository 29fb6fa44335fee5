//! Which fleet service finds the drivers.

use super::{
    Environment,
    form::{switch, url},
    sources::{Sources, setting},
};

/// The fleet service.
#[derive(Clone, Debug)]
pub struct FleetConfig {
    /// A gRPC service elsewhere; `None` = the one in this process.
    pub endpoint: Option<String>,
    /// Create two example drivers on a first run, and keep them fresh.
    pub example_drivers: bool,
}

impl FleetConfig {
    pub(super) fn read(from: &mut Sources, environment: Environment) -> Self {
        let endpoint = setting(
            "fleet.endpoint",
            "TROPA_FLEET_ENDPOINT",
            "gRPC fleet service to ask for drivers; unset = the one in this process",
        );
        let example_drivers = setting(
            "fleet.example_drivers",
            "TROPA_EXAMPLE_DRIVERS",
            "create two example drivers on a first run; default: in development",
        );
        Self {
            endpoint: from.find(endpoint, url(&["http"])),
            example_drivers: from.get(example_drivers, switch(), environment == Environment::Development),
        }
    }
}
