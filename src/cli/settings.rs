//! Settings on the command line, for the verbs that read a configuration.

use std::path::PathBuf;

use clap::Args;

use crate::config::{self, Config, ConfigErrors, Flag, Origins};

/// Flags that go before the environment and the file.
#[derive(Debug, Default, Args)]
pub(super) struct Settings {
    /// The configuration file; else the one `TROPA_CONFIG` names, else `tropa.toml` if there is one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// standalone or distributed
    #[arg(long)]
    mode: Option<String>,
    /// What this process runs: any of intake,relay,worker,fleet; default all
    #[arg(long, visible_alias = "roles", value_name = "ROLES")]
    role: Option<String>,
    /// development or production
    #[arg(long)]
    env: Option<String>,
    /// Folder of the database
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<String>,
    /// Port of the HTTP API; 0 = any free one
    #[arg(long)]
    port: Option<String>,
    /// Port of the gRPC fleet service
    #[arg(long, value_name = "PORT")]
    grpc_port: Option<String>,
    /// Port that serves /metrics alone
    #[arg(long, value_name = "PORT")]
    metrics_port: Option<String>,
    /// Which events are logged: warn, info,tropa=debug
    #[arg(long, value_name = "LEVELS")]
    log: Option<String>,
    /// auto, json or human
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Any other setting, by its key in the file: breaker.probes=5
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

impl Settings {
    /// Reads the configuration with these on top.
    pub fn load(self) -> Result<Config, ConfigErrors> {
        config::load(self.origins())
    }

    fn origins(self) -> Origins {
        let named = [
            ("--mode", "mode", self.mode),
            ("--role", "roles", self.role),
            ("--env", "env", self.env),
            ("--data-dir", "store.data_dir", self.data_dir),
            ("--bind", "bind", self.bind),
            ("--port", "http.port", self.port),
            ("--grpc-port", "grpc.port", self.grpc_port),
            ("--metrics-port", "metrics.port", self.metrics_port),
            ("--log", "telemetry.log", self.log),
            ("--log-format", "telemetry.log_format", self.log_format),
        ];
        let named = named
            .into_iter()
            .filter_map(|(name, key, value)| Some(Flag { name, key: key.to_owned(), value: value? }));
        let set = self.set.into_iter().map(|(key, value)| Flag { name: "--set", key, value });
        Origins::of_process(self.config, set.chain(named).collect())
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("must be KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}
