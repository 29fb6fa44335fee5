//! The composition root: the only place that knows which adapter stands behind which port.
//!
//! [`App::build`] opens the adapters, lays out the tree and binds the edges; [`App::run_until`] serves until it is told to
//! stop, or until the tree gives up, and then closes everything in order: readiness off, HTTP drained, the tree stopped
//! from the last child to the first, gRPC closed (consumers that finish may search there), broker and store closed.

mod addresses;
mod distributed;
mod edges;
mod examine;
mod file_gauge;
mod fleet;
mod identity;
mod listeners;
mod ports;
mod signal;
mod standalone;

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use actix::System;
use prometheus::Registry;
use tokio::runtime::Runtime;
use tropa_dispatch::handles::Handles;
use tropa_dispatch::metrics::Metrics;
use tropa_dispatch::port::SystemClock;
use tropa_dispatch::tree;
use tropa_supervision::{ActorSystem, Exit, Root, exit_code};

pub use addresses::Addresses;
pub use examine::{Sight, servers as examine};
use ports::Adapters;
use tropa_postgres::PostgresStore;
use tropa_sqlite::SqliteStore;

use crate::config::{Config, InstanceConfig, Mode};
use crate::{grpc, http, telemetry};

/// A Tropa that is running.
pub struct App {
    /// Where it listens.
    pub addresses: Addresses,
    /// What the edges ask.
    pub handles: Handles,
    root: Root,
    http: http::Server,
    grpc: grpc::server::Server,
    adapters: Adapters,
    shutdown_deadline: Duration,
}

impl App {
    /// Opens, lays out, starts and binds everything. On an error nothing is left running.
    pub async fn build(config: &Config, runtime: Arc<Runtime>) -> anyhow::Result<Self> {
        let adapters = Adapters::open(config)?;
        match Self::start(config, runtime, &adapters).await {
            Ok((addresses, handles, root, http, grpc)) => {
                let shutdown_deadline = config.runtime.shutdown_deadline;
                Ok(Self { addresses, handles, root, http, grpc, adapters, shutdown_deadline })
            }
            Err(error) => {
                adapters.close().await;
                Err(error)
            }
        }
    }

    async fn start(
        config: &Config,
        runtime: Arc<Runtime>,
        adapters: &Adapters,
    ) -> anyhow::Result<(Addresses, Handles, Root, http::Server, grpc::server::Server)> {
        // Before the tree: what it dials must not be given one of our ports.
        let listeners = listeners::listen(&config.http).await?;
        // With the database's answer the clock is set, before anybody asks it. Without, orders are refused until it is.
        if let Err(error) = adapters.ports.chronicle.time().await {
            tracing::debug!(%error, "the database's clock is not known yet");
        }
        let registry = Registry::new();
        let metrics = Metrics::register(&registry)?;
        telemetry::register_process(&registry)?;
        telemetry::register_database(&registry, adapters.pools())?;
        let system = ActorSystem::new(config.runtime.arbiters, runtime);
        telemetry::register_actors(&registry, &system)?;
        adapters.register(&registry)?;
        let settings = config.dispatch_settings();
        let identity = identity::identity(config, adapters.ports.clock.now());
        let tree = tree::build(&adapters.ports, settings, metrics, &system, identity);
        let root = Root::start(&system, tree.top);
        let handles = tree.handles;
        let bound = edges::serve(listeners, config, &handles).await;
        let (http, grpc) = match bound {
            Ok(bound) => bound,
            Err(error) => {
                root.shutdown();
                root.wait().await;
                return Err(error);
            }
        };
        let addresses = Addresses {
            http: http.address(),
            metrics: http.metrics_address(),
            grpc: grpc.address(),
            pid: std::process::id(),
        };
        // Nobody else has set it: this is the only one who knows.
        let _ = handles.advertised.set(identity::advertised(config, addresses.http));
        let InstanceConfig { mode, name, roles, .. } = &config.instance;
        // Only standalone mode has a data folder.
        if *mode == Mode::Standalone {
            addresses.write(&config.store.addresses())?;
        }
        let Addresses { http: api, grpc: fleet, .. } = &addresses;
        tracing::info!(http = %api, grpc = %fleet, mode = mode.name(), instance = name, %roles, "serving");
        Ok((addresses, handles, root, http, grpc))
    }

    /// Serves until `shutdown` is done or the tree gives up, then stops in order.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> Exit {
        let Self { handles, root, mut http, mut grpc, adapters, .. } = self;
        let given_up = tokio::select! {
            () = shutdown => None,
            exit = root.wait() => Some(exit),
            () = adapters.failed() => Some(Exit::Error("the database's writer died".to_owned())),
            error = http.failed() => Some(Exit::Error(error.to_string())),
            error = grpc.failed() => Some(Exit::Error(error.to_string())),
        };
        if let Some(exit) = &given_up {
            tracing::error!(%exit, "giving up");
        }
        handles.duty.stop();
        let stopped = tokio::time::timeout(self.shutdown_deadline, async {
            grpc.retire().await;
            http.stop().await;
            root.shutdown();
            let exit = root.wait().await;
            grpc.stop().await;
            exit
        });
        let exit = stopped.await.unwrap_or_else(|_| {
            tracing::warn!("not stopped in time, leaving anyway: what was accepted is stored");
            Exit::Shutdown
        });
        adapters.close().await;
        given_up.unwrap_or(exit)
    }
}

/// Runs a process: until SIGINT or SIGTERM, at once on the second. The exit code is 0 after an orderly end, 1 when it
/// could not start, 70 when the tree gave up.
pub fn run(config: Config) -> ExitCode {
    let threads = config.runtime.threads;
    let runtime =
        match tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build() {
            Ok(runtime) => Arc::new(runtime),
            Err(error) => return refuse(&error),
        };
    let shared = runtime.clone();
    System::with_tokio_rt(move || shared).block_on(async move {
        let _telemetry = match telemetry::install(&config.telemetry) {
            Ok(guard) => guard,
            Err(error) => return refuse(&error),
        };
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        if let Err(error) = signal::outlive_file_limit() {
            tracing::warn!(%error, "SIGXFSZ will end this process");
        }
        let stop = signal::stop();
        match App::build(&config, runtime).await {
            Ok(app) => {
                let exit = app.run_until(stop).await;
                tracing::info!(%exit, "stopped");
                ExitCode::from(u8::try_from(exit_code(&exit)).unwrap_or(1))
            }
            Err(error) => refuse(&format!("{error:#}")),
        }
    })
}

fn refuse(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("tropa: cannot start: {error}");
    ExitCode::FAILURE
}

/// Brings the schema of the data folder, or of the database, up to date, and tells its version.
pub async fn migrate(config: &Config) -> anyhow::Result<i64> {
    match config.instance.mode {
        Mode::Standalone => {
            let options = standalone::store_options(&config.store, true, Arc::new(SystemClock));
            let opened = SqliteStore::open(options)?;
            let version = opened.schema_version();
            opened.close().await?;
            Ok(version)
        }
        Mode::Distributed => {
            let options = distributed::store_options(config, Arc::new(SystemClock))?;
            Ok(PostgresStore::migrate(&options).await?)
        }
    }
}
