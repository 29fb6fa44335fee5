//! How a Tropa is set up: defaults < `tropa.toml` < environment (`.env` in development) < flags.
//!
//! A setting is written in one place: the line in its concern's file that reads it, with its key in the file, its
//! variable, its form and its default. The errors, `tropa config show` and `docs/CONFIGURATION.md` come from that line.

mod admin;
mod console;
mod dispatch;
mod entry;
mod error;
mod fleet;
mod form;
mod grpc;
mod http;
mod instance;
mod origins;
mod runtime;
mod secret;
mod servers;
mod sources;
mod store;
mod telemetry;

use tropa_dispatch::settings::Settings;

use crate::telemetry::TelemetrySettings;

pub use admin::{AdminConfig, AdminToken, bearer};
pub use console::ConsoleConfig;
pub use entry::{Entry, Origin};
pub use error::{ConfigError, ConfigErrors};
pub use fleet::FleetConfig;
pub use grpc::GrpcTlsConfig;
pub use http::{HttpConfig, HttpLimits, RateLimit};
pub use instance::{Environment, InstanceConfig, Mode};
pub use origins::{Flag, Origins};
pub use runtime::RuntimeConfig;
pub use secret::Secret;
pub use servers::{DatabaseConfig, RabbitConfig, RedisConfig, ServersConfig};
use sources::Sources;
pub use store::StoreConfig;

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who this process is.
    pub instance: InstanceConfig,
    /// The HTTP API, metrics and gRPC: addresses and limits.
    pub http: HttpConfig,
    /// TLS at our gRPC server.
    pub grpc_tls: Option<GrpcTlsConfig>,
    /// Who may do what an operator does.
    pub admin: AdminConfig,
    /// What the console shows besides.
    pub console: ConsoleConfig,
    /// The data folder.
    pub store: StoreConfig,
    /// Which fleet service finds the drivers.
    pub fleet: FleetConfig,
    /// The dispatch pipeline and its breaker.
    pub dispatch: Settings,
    /// Threads, and how long they get to finish.
    pub runtime: RuntimeConfig,
    /// Logs and traces.
    pub telemetry: TelemetrySettings,
    /// The servers of distributed mode; standalone mode knows their names and uses the authorities only.
    pub servers: ServersConfig,
    /// Every setting with its value and where that came from, secrets masked.
    pub entries: Vec<Entry>,
    /// What is odd, but no reason to refuse: a variable that nobody reads.
    pub warnings: Vec<String>,
}

impl Config {
    /// Settings of the dispatch pipeline.
    pub fn dispatch_settings(&self) -> Settings {
        let relay_window = match self.instance.mode {
            Mode::Standalone => self.dispatch.relay_window,
            // Rows that the publisher has no room for would hold up all that the relay does.
            Mode::Distributed => self.dispatch.relay_window.min(self.servers.broker.window as u32),
        };
        Settings {
            roles: self.instance.roles,
            example_drivers: self.fleet.example_drivers,
            relay_window,
            ..self.dispatch.clone()
        }
    }
}

/// Reads all settings. Everything that is wrong is in the error, not only the first.
pub fn load(origins: Origins) -> Result<Config, ConfigErrors> {
    let mut sources = Sources::open(origins);
    let http = HttpConfig::read(&mut sources);
    let instance = InstanceConfig::read(&mut sources, http.port);
    let grpc_tls = GrpcTlsConfig::read(&mut sources);
    let admin = AdminConfig::read(&mut sources);
    let console = ConsoleConfig::read(&mut sources);
    let store = StoreConfig::read(&mut sources, instance.mode);
    let fleet = FleetConfig::read(&mut sources, instance.environment);
    let dispatch = dispatch::read(&mut sources);
    let runtime = RuntimeConfig::read(&mut sources);
    let telemetry = telemetry::read(&mut sources);
    let servers = ServersConfig::read(&mut sources, instance.mode);
    let (entries, warnings) = sources.close()?;
    Ok(Config {
        instance,
        http,
        grpc_tls,
        admin,
        console,
        store,
        fleet,
        dispatch,
        runtime,
        telemetry,
        servers,
        entries,
        warnings,
    })
}

#[cfg(test)]
mod tests;
