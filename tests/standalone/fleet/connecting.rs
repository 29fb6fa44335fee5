//! Who connects to the fleet service, and who is hung up on.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic::Code;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tropa::grpc::server::{Limits, Server};
use tropa::peers::{self, Apart};
use tropa_dispatch::testing::driver_index::{at, driver};
use tropa_proto::fleet::fleet_client::FleetClient;

use super::{ANY_PORT, channel, open, reported};
use crate::drivers::stage::{Shelf, Stage};

/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

async fn serve(stage: &Stage, limits: Limits) -> Server {
    Server::bind(ANY_PORT, Some(stage.registry.clone()), None, open(), limits, None).await.unwrap()
}

async fn answers(health: &mut HealthClient<Channel>) {
    health.check(HealthCheckRequest::default()).await.unwrap();
}

#[test]
fn who_says_nothing_is_hung_up_on() {
    let stage = Stage::restored(Shelf::default());
    stage.play(async {
        let limits = Limits { greeting: Duration::from_millis(500), ..Limits::default() };
        let server = serve(&stage, limits).await;
        let mut spoken = HealthClient::new(channel(&server).await);
        answers(&mut spoken).await;
        for said in ["", "PRI * HTTP/2.0"] {
            let mut socket = TcpStream::connect(server.address()).await.unwrap();
            socket.write_all(said.as_bytes()).await.unwrap();
            // What the server says of itself at the beginning, and the end: a hang-up or a reset.
            let _ = socket.read_to_end(&mut Vec::new()).await;
        }
        // As old as they became, and older.
        answers(&mut spoken).await;
    });
}

#[test]
fn the_idle_make_room_and_the_busy_do_not() {
    let stage = Stage::restored(Shelf::with([driver("a", at(50.0, 0.0))]));
    stage.play(async {
        let one = peers::Limits { connections: 1, per_address: 1, apart: Apart::default() };
        let server = serve(&stage, Limits { connections: one, ..Limits::default() }).await;
        let mut idle = HealthClient::new(channel(&server).await);
        answers(&mut idle).await;
        let mut busy = FleetClient::new(channel(&server).await);
        let endless = futures_util::stream::iter([reported("a", 0.0)]).chain(futures_util::stream::pending());
        let streaming = tokio::spawn(async move { busy.report_positions(endless).await });
        while stage.get("a").await.position.unwrap().point != at(0.0, 0.5) {
            tokio::task::yield_now().await;
        }
        // The first one's client connects anew, and finds what every newcomer finds.
        let refused = timeout(PATIENCE, idle.check(HealthCheckRequest::default())).await.unwrap();
        assert!(refused.is_err(), "there is one place, and it is taken");
        streaming.abort();
        let again = async {
            while idle.check(HealthCheckRequest::default()).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, again).await.expect("the place is free again");
    });
}

#[test]
fn streams_of_positions_are_counted_and_do_not_last_in_silence() {
    let stage = Stage::restored(Shelf::with([driver("a", at(50.0, 0.0))]));
    stage.play(async {
        let silence = Duration::from_secs(1);
        let limits = Limits { position_streams: 2, position_silence: silence, ..Limits::default() };
        let server = serve(&stage, limits).await;
        let fleet = FleetClient::new(channel(&server).await);
        let silent = || {
            let mut fleet = fleet.clone();
            async move { fleet.report_positions(futures_util::stream::pending()).await.unwrap_err().code() }
        };
        let (a, b, c) = tokio::join!(silent(), silent(), silent());
        let mut codes = [a, b, c];
        codes.sort_by_key(|code| i32::from(*code));
        assert_eq!(codes, [Code::DeadlineExceeded, Code::DeadlineExceeded, Code::ResourceExhausted]);
        let sum = fleet.clone().report_positions(futures_util::stream::iter([reported("a", 0.0)])).await;
        assert_eq!(sum.unwrap().into_inner().accepted, 1, "their places are free again");
    });
}
