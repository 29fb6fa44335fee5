//! The server of `tropa.fleet.v1`, with reflection and the standard health service. Its handlers decode, ask the
//! `DriverRegistry`, and encode.

mod decode;
mod encode;
mod service;
mod status;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::transport::server::TcpIncoming;
use tonic_health::server::HealthReporter;
use tropa_dispatch::drivers::DriverRegistry;
use tropa_proto::FLEET_DESCRIPTOR_SET;
use tropa_proto::fleet::fleet_server::FleetServer;
use tropa_supervision::Ref;

use service::FleetService;

/// How long calls in flight may take when the server stops.
const GRACE: Duration = Duration::from_secs(5);
/// A peer that does not answer a ping within this time is gone.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// The gRPC server, serving.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    health: HealthReporter,
    stopping: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens at `address` (port 0: any free one) and serves from then on, on the current tokio runtime.
    pub async fn bind(address: SocketAddr, registry: Ref<DriverRegistry>) -> io::Result<Self> {
        let incoming = TcpIncoming::bind(address)?.with_nodelay(Some(true));
        let address = incoming.local_addr()?;
        let (stopping, stopped) = watch::channel(false);
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_serving::<FleetServer<FleetService>>().await;
        let service = FleetService::new(registry, stopped.clone());
        let router = tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(KEEP_ALIVE))
            .http2_keepalive_timeout(Some(KEEP_ALIVE))
            .trace_fn(service::span)
            .add_service(FleetServer::new(service))
            .add_service(health_service)
            .add_service(reflection().build_v1().map_err(io::Error::other)?)
            // What grpcurl and its like have spoken for years.
            .add_service(reflection().build_v1alpha().map_err(io::Error::other)?);
        let task = tokio::spawn(async move {
            let stop = wait_for(stopped);
            if let Err(error) = router.serve_with_incoming_shutdown(incoming, stop).await {
                tracing::error!(%error, "the gRPC server ended");
            }
        });
        Ok(Self { address, health, stopping, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says 'not serving', takes no new calls, ends streams of positions, and waits a little for the calls in flight.
    pub async fn stop(self) {
        self.health.set_not_serving::<FleetServer<FleetService>>().await;
        let Self { stopping, mut task, .. } = self;
        stopping.send_replace(true);
        if tokio::time::timeout(GRACE, &mut task).await.is_err() {
            task.abort();
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
