//! The edges' options, from the configuration.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use tropa_dispatch::handles::Handles;

use super::listeners::Listeners;
use crate::config::{AdminToken, Config, Environment, GrpcTlsConfig, HttpLimits, Secret};
use crate::http::Socket;
use crate::{grpc, http, peers};

/// What is in flight when the process is asked to leave is answered within this time, or within half of all there is.
const DRAIN: Duration = Duration::from_secs(20);

/// Serves HTTP and gRPC; neither is left serving when the other cannot.
pub async fn serve(
    listeners: Listeners,
    config: &Config,
    handles: &Handles,
) -> anyhow::Result<(http::Server, grpc::server::Server)> {
    let certificate = certificate(config)?;
    let access = access(config)?;
    let descriptors = peers::raise();
    let connections = room(config, descriptors);
    // A few that are missing are nobody's concern.
    if connections < config.http.limits.max_connections / 10 * 9 {
        let wanted = config.http.limits.max_connections;
        tracing::warn!(
            descriptors,
            connections,
            wanted,
            "fewer file descriptors than connections: raise `ulimit -n`"
        );
    }
    let limits = grpc::server::Limits {
        connections: peers::Limits {
            connections,
            per_address: config.http.limits.max_connections_per_address,
            apart: config.http.limits.apart.clone(),
        },
        write: config.http.limits.write_timeout,
        position_streams: config.http.limits.max_position_streams,
        ..Default::default()
    };
    // Without the role its actor does not run; the server is there to say so.
    let registry = handles.drivers.here().ok().cloned();
    let Listeners { http, metrics, grpc } = listeners;
    let counted = Some(&handles.metrics.registry);
    let grpc = grpc::server::Server::serve(grpc, registry, certificate, access, limits, counted)
        .await
        .context("gRPC cannot serve")?;
    let (main, metrics) = (Socket::Open(http), Some(Socket::Open(metrics)));
    match http::serve_on(main, metrics, options(config, descriptors), handles.clone()) {
        Ok(http) => Ok((http, grpc)),
        Err(error) => {
            grpc.stop().await;
            Err(anyhow::anyhow!("HTTP cannot serve: {error}"))
        }
    }
}

fn certificate(config: &Config) -> anyhow::Result<Option<grpc::server::Certificate>> {
    let Some(GrpcTlsConfig { cert, key, .. }) = &config.grpc_tls else { return Ok(None) };
    Ok(Some(grpc::server::Certificate { chain: read(cert)?, key: read(key)? }))
}

/// What callers of the fleet service must show: what the admin verbs ask for, or a certificate.
fn access(config: &Config) -> anyhow::Result<grpc::server::Access> {
    let client_ca = config.grpc_tls.as_ref().and_then(|tls| tls.client_ca.as_deref());
    Ok(grpc::server::Access {
        token: admin_token(config),
        client_ca: client_ca.map(read).transpose()?,
        local: local_admin(config),
    })
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| path.display().to_string())
}

fn admin_token(config: &Config) -> Option<AdminToken> {
    token(config.admin.token.as_ref())
}

fn token(secret: Option<&Secret>) -> Option<AdminToken> {
    secret.map(|secret| AdminToken::new(secret.expose()))
}

/// Behind a proxy on this machine every request is from this machine: that is for development only.
fn local_admin(config: &Config) -> bool {
    config.instance.environment == Environment::Development
}

/// Connections of each of the two big listeners: a limit that is above the file descriptors there are would never be met.
fn room(config: &Config, descriptors: u64) -> usize {
    peers::connections(config.http.limits.max_connections, 2, descriptors)
}

fn options(config: &Config, descriptors: u64) -> http::Options {
    let from = &config.http;
    let at = |port| SocketAddr::new(from.bind, port);
    http::Options {
        address: at(from.port),
        metrics_address: Some(at(from.metrics_port)),
        limits: HttpLimits { max_connections: room(config, descriptors), ..from.limits.clone() },
        // The tree needs time too.
        drain_timeout: (config.runtime.shutdown_deadline / 2).min(DRAIN),
        admin_token: admin_token(config),
        operator_token: token(config.admin.operator_token.as_ref()),
        viewer_token: token(config.admin.viewer_token.as_ref()),
        local_admin: local_admin(config),
        console_map: config.console.map.clone(),
        trace_url: config.http.trace_url.clone(),
        configuration: config.entries.clone().into(),
    }
}
