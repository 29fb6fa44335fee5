//! Which fleet service finds the drivers.

use super::{
    Environment,
    form::{switch, urls},
    sources::{Sources, setting},
};

/// The fleet service.
#[derive(Clone, Debug)]
pub struct FleetConfig {
    /// gRPC services, asked in turn; none = the one in this process.
    pub endpoints: Vec<String>,
    /// Create two example drivers on a first run, and keep them fresh.
    pub example_drivers: bool,
}

impl FleetConfig {
    pub(super) fn read(from: &mut Sources, environment: Environment) -> Self {
        let endpoint = setting(
            "fleet.endpoint",
            "TROPA_FLEET_ENDPOINT",
            "gRPC fleet services to ask for drivers, in turn, with commas between; unset = the one in this process",
        );
        let example_drivers = setting(
            "fleet.example_drivers",
            "TROPA_EXAMPLE_DRIVERS",
            "create two example drivers on a first run; default: in development",
        );
        Self {
            endpoints: from.find(endpoint, urls(&["http", "https"])).unwrap_or_default(),
            example_drivers: from.get(example_drivers, switch(), environment == Environment::Development),
        }
    }
}
