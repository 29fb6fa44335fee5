//! Which fleet service finds the drivers.

use std::path::PathBuf;

use super::{
    Environment, Secret,
    form::{path, switch, text, urls},
    sources::{Setting, Sources, setting},
};

const CERT: Setting = setting(
    "fleet.cert",
    "TROPA_FLEET_CERT",
    "PEM file: certificate chain shown to fleet services that ask for one; with https only",
);
const KEY: Setting = setting("fleet.key", "TROPA_FLEET_KEY", "PEM file: private key of that certificate");

/// The fleet service.
#[derive(Clone, Debug)]
pub struct FleetConfig {
    /// gRPC services, asked in turn; none = the one in this process.
    pub endpoints: Vec<String>,
    /// What those services are shown as a bearer token; `None` = the admin token.
    pub token: Option<Secret>,
    /// A certificate chain for them and its key, both PEM files.
    pub identity: Option<(PathBuf, PathBuf)>,
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
        let token = setting(
            "fleet.token",
            "TROPA_FLEET_TOKEN",
            "what the fleet services of TROPA_FLEET_ENDPOINT are shown as a bearer token; unset = the admin token",
        );
        let example_drivers = setting(
            "fleet.example_drivers",
            "TROPA_EXAMPLE_DRIVERS",
            "create two example drivers on a first run; default: in development",
        );
        Self {
            endpoints: from.find(endpoint, urls(&["http", "https"])).unwrap_or_default(),
            token: from.secret(token, &text(8..=1024)),
            identity: identity(from),
            example_drivers: from.get(example_drivers, switch(), environment == Environment::Development),
        }
    }
}

fn identity(from: &mut Sources) -> Option<(PathBuf, PathBuf)> {
    match (from.find(CERT, path()), from.find(KEY, path())) {
        (Some(cert), Some(key)) => Some((cert, key)),
        (None, None) => None,
        (Some(_), None) => {
            from.missing(KEY, "must be set when TROPA_FLEET_CERT is");
            None
        }
        (None, Some(_)) => {
            from.missing(CERT, "must be set when TROPA_FLEET_KEY is");
            None
        }
    }
}
