//! Who connects to the fleet service, and who is hung up on.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tropa::grpc::server::{Limits, Server};

use super::{ANY_PORT, channel, open};
use crate::drivers::stage::{Shelf, Stage};

async fn serve(stage: &Stage, limits: Limits) -> Server {
    Server::bind(ANY_PORT, Some(stage.registry.clone()), None, open(), limits).await.unwrap()
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
fn who_comes_above_the_limit_waits_for_a_place() {
    let stage = Stage::restored(Shelf::default());
    stage.play(async {
        let server = serve(&stage, Limits { connections: 1, ..Limits::default() }).await;
        let mut first = HealthClient::new(channel(&server).await);
        answers(&mut first).await;
        let mut second = HealthClient::new(channel(&server).await);
        let waits = timeout(Duration::from_millis(300), answers(&mut second)).await;
        assert!(waits.is_err(), "there is one place, and it is taken");
        drop(first);
        answers(&mut second).await;
    });
}
