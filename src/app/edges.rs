//! The edges' options, from the configuration.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use tropa_dispatch::handles::Handles;
use tropa_dispatch::roles::Role;

use super::listeners::Listeners;
use crate::config::{Config, Environment, GrpcTlsConfig};
use crate::http::Socket;
use crate::{grpc, http};

/// What is in flight when the process is asked to leave is answered within this time, or within half of all there is.
const DRAIN: Duration = Duration::from_secs(20);

/// Serves HTTP and gRPC; neither is left serving when the other cannot.
pub async fn serve(
    listeners: Listeners,
    config: &Config,
    handles: &Handles,
) -> anyhow::Result<(http::Server, grpc::server::Server)> {
    let certificate = certificate(config)?;
    let limits = grpc::server::Limits { connections: config.http.max_connections, ..Default::default() };
    // Without the role its actor does not run; the server is there to say so.
    let registry = config.instance.roles.has(Role::Fleet).then(|| handles.drivers.clone());
    let Listeners { http, metrics, grpc } = listeners;
    let clock = handles.clock.clone();
    let grpc = grpc::server::Server::serve(grpc, registry, certificate, limits, clock)
        .await
        .context("gRPC cannot serve")?;
    let (main, metrics) = (Socket::Open(http), Some(Socket::Open(metrics)));
    match http::serve_on(main, metrics, options(config), handles.clone()) {
        Ok(http) => Ok((http, grpc)),
        Err(error) => {
            grpc.stop().await;
            Err(anyhow::anyhow!("HTTP cannot serve: {error}"))
        }
    }
}

fn certificate(config: &Config) -> anyhow::Result<Option<grpc::server::Certificate>> {
    let Some(GrpcTlsConfig { cert, key }) = &config.grpc_tls else { return Ok(None) };
    let read = |path: &Path| std::fs::read(path).with_context(|| path.display().to_string());
    Ok(Some(grpc::server::Certificate { chain: read(cert)?, key: read(key)? }))
}

fn options(config: &Config) -> http::Options {
    let from = &config.http;
    let at = |port| SocketAddr::new(from.bind, port);
    http::Options {
        address: at(from.port),
        metrics_address: Some(at(from.metrics_port)),
        workers: from.workers,
        max_connections: from.max_connections,
        max_in_flight: from.max_in_flight,
        max_streams: from.max_streams,
        max_position_streams: from.max_position_streams,
        max_body: from.max_body,
        max_positions_body: from.max_positions_body,
        head_timeout: from.head_timeout,
        body_timeout: from.body_timeout,
        keep_alive: from.keep_alive,
        ask_deadline: from.ask_deadline,
        command_deadline: from.command_deadline,
        heartbeat: from.heartbeat,
        // The tree needs time too.
        drain_timeout: (config.runtime.shutdown_deadline / 2).min(DRAIN),
        rate_limit: from.rate_limit.map(|limit| http::RateLimit {
            per_second: limit.per_second,
            burst: limit.burst,
            loopback: limit.loopback,
        }),
        admin_token: config.admin.token.as_ref().map(|token| http::AdminToken::new(token.expose())),
        // Behind a proxy on this machine every request is from this machine.
        local_admin: config.instance.environment == Environment::Development,
        ..http::Options::default()
    }
}
