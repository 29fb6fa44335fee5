//! The server of `tropa.fleet.v1`, with reflection and the standard health service. Its handlers decode, ask the
//! `DriverRegistry`, and encode.

mod access;
mod connection;
mod connections;
mod decode;
mod encode;
mod frames;
mod health;
mod service;
mod status;
mod tls;

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use prometheus::Registry;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::service::interceptor::InterceptedService;
use tonic::transport;
use tonic::transport::server::TcpIncoming;
use tonic_health::server::HealthReporter;
use tropa_dispatch::drivers::DriverRegistry;
use tropa_proto::FLEET_DESCRIPTOR_SET;
use tropa_proto::fleet::fleet_server::FleetServer;
use tropa_supervision::Ref;

use crate::peers::{Count, Places};
pub use access::Access;
pub use connections::Limits;
use service::FleetService;

/// How long calls in flight may take when the server stops.
const GRACE: Duration = Duration::from_secs(5);
/// A peer that does not answer a ping within this time is gone.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Calls at once on one connection; more wait at the caller's side.
const MAX_CALLS: u32 = 256;
/// Bytes of a call's headers.
const MAX_HEADERS: u32 = 16 << 10;
/// Bytes of a message: a search that excludes a thousand drivers has 130 KiB.
const MAX_MESSAGE: usize = 256 << 10;

/// A certificate chain and its key, as PEM files hold them.
#[derive(Clone)]
pub struct Certificate {
    /// The chain, the server's own first.
    pub chain: Vec<u8>,
    /// Its private key.
    pub key: Vec<u8>,
}

/// The gRPC server, serving.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    health: HealthReporter,
    stopping: watch::Sender<bool>,
    checks: Option<JoinHandle<()>>,
    /// Taken by whoever saw its end.
    task: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens at `address` (port 0: any free one) and serves from then on, on the current tokio runtime. Without a
    /// `registry`, in a process that has no drivers, every call is told so, and its health is 'not serving'. Its
    /// connections are counted in `metrics`.
    pub async fn bind(
        address: SocketAddr,
        registry: Option<Ref<DriverRegistry>>,
        certificate: Option<Certificate>,
        access: Access,
        limits: Limits,
        metrics: Option<&Registry>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Self::serve(listener, registry, certificate, access, limits, metrics).await
    }

    /// The same, on a port that is ours already.
    pub async fn serve(
        listener: TcpListener,
        registry: Option<Ref<DriverRegistry>>,
        certificate: Option<Certificate>,
        access: Access,
        limits: Limits,
        metrics: Option<&Registry>,
    ) -> io::Result<Self> {
        let count = Count::new("grpc", metrics).map_err(io::Error::other)?;
        let certificate = certificate.as_ref();
        let tls = certificate.map(|shown| tls::acceptor(shown, access.client_ca.as_deref())).transpose()?;
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let incoming = incoming.with_keepalive(Some(KEEP_ALIVE)).with_keepalive_interval(Some(KEEP_ALIVE));
        let address = incoming.local_addr()?;
        let places = Places::new(limits.connections.clone(), count);
        let incoming = connections::accepted(incoming, places, &limits, tls);
        let (stopping, stopped) = watch::channel(false);
        let (health, health_service) = tonic_health::server::health_reporter();
        let checks = if let Some(registry) = registry.clone() {
            health.set_serving::<FleetServer<FleetService>>().await;
            Some(tokio::spawn(health::watch(registry, health.clone())))
        } else {
            health.set_not_serving::<FleetServer<FleetService>>().await;
            None
        };
        let service = FleetService::new(registry, &limits, stopped.clone());
        let fleet = FleetServer::new(service).max_decoding_message_size(MAX_MESSAGE);
        let router = transport::Server::builder()
            .http2_keepalive_interval(Some(KEEP_ALIVE))
            .http2_keepalive_timeout(Some(KEEP_ALIVE))
            .http2_max_header_list_size(MAX_HEADERS)
            .max_concurrent_streams(MAX_CALLS)
            .trace_fn(service::span)
            .add_service(health_service)
            .add_service(InterceptedService::new(fleet, access.clone()))
            .add_service(InterceptedService::new(
                reflection().build_v1().map_err(io::Error::other)?,
                access.clone(),
            ))
            // What grpcurl and its like have spoken for years.
            .add_service(InterceptedService::new(
                reflection().build_v1alpha().map_err(io::Error::other)?,
                access,
            ));
        let task = tokio::spawn(async move {
            let stop = wait_for(stopped);
            if let Err(error) = router.serve_with_incoming_shutdown(incoming, stop).await {
                tracing::error!(%error, "the gRPC server ended");
            }
        });
        Ok(Self { address, health, stopping, checks, task: Some(task) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says 'not serving', so that callers turn to others. Calls are answered as before.
    pub async fn retire(&self) {
        if let Some(checks) = &self.checks {
            checks.abort();
        }
        self.health.set_not_serving::<FleetServer<FleetService>>().await;
    }

    /// Says 'not serving', takes no new calls, ends streams of positions, and waits a little for the calls in flight.
    pub async fn stop(self) {
        self.retire().await;
        let Self { stopping, task, .. } = self;
        stopping.send_replace(true);
        let Some(mut task) = task else { return };
        if tokio::time::timeout(GRACE, &mut task).await.is_err() {
            task.abort();
        }
    }

    /// Waits until the server ends by itself, which it does only when something is broken.
    pub async fn failed(&mut self) -> io::Error {
        let Some(task) = &mut self.task else { return pending().await };
        let end = task.await;
        self.task = None;
        match end {
            Ok(()) => io::Error::other("the gRPC server ended"),
            Err(error) => io::Error::other(format!("the gRPC server died: {error}")),
        }
    }
}

fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FLEET_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

/// Done when the server is told to stop, or was dropped.
async fn wait_for(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}
