//! Peers that only make noise, in the clear and through TLS.

use std::time::Duration;

use prometheus::Registry;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic_health::pb::health_client::HealthClient;
use tropa::grpc::server::{Limits, Server};

use super::encrypted::{Encrypted, answers};
use super::{ANY_PORT, channel, open};
use crate::drivers::stage::{Shelf, Stage};

/// None of them is let go on for so long.
const PATIENCE: Duration = Duration::from_secs(15);
const FRAMES: u32 = 100_000;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;

const END_OF_HEADERS: u8 = 4;

/// `POST http://…/`, in HPACK's static table.
const ASK: [u8; 3] = [0x83, 0x86, 0x84];

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags], &stream.to_be_bytes()[..], payload].concat()
}

/// What is said first, and then again and again, a number at a time.
type Flood = (&'static str, Vec<u8>, fn(u32) -> Vec<u8>);

fn floods() -> [Flood; 5] {
    [
        ("pings", Vec::new(), |_| frame(PING, 0, 0, &[0; 8])),
        ("settings", Vec::new(), |_| frame(SETTINGS, 0, 0, &[])),
        ("nothing, piece by piece", frame(HEADERS, END_OF_HEADERS, 1, &ASK), |_| frame(DATA, 0, 1, &[])),
        ("headers without end", frame(HEADERS, 0, 1, &ASK), |_| {
            frame(CONTINUATION, 0, 1, &[0, 1, b'a', 1, b'b'])
        }),
        ("calls that are given up", Vec::new(), |n| {
            let stream = 2 * n + 1;
            let call = frame(HEADERS, END_OF_HEADERS, stream, &ASK);
            [call, frame(RESET, 0, stream, &8_u32.to_be_bytes())].concat()
        }),
    ]
}

/// Whether the other side ended it before all was said.
async fn is_cut(mut socket: impl AsyncRead + AsyncWrite + Unpin, (_, first, next): &Flood) -> bool {
    let greeting = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(SETTINGS, 0, 0, &[]), first].concat();
    socket.write_all(&greeting).await.unwrap();
    let (mut reader, mut writer) = split(socket);
    let flooding = async {
        for n in 0..FRAMES {
            if writer.write_all(&next(n)).await.is_err() || writer.flush().await.is_err() {
                return true;
            }
        }
        false
    };
    // What is answered is taken, as a flood's sender would.
    let mut taken = Vec::new();
    let (cut, _) = tokio::join!(flooding, reader.read_to_end(&mut taken));
    cut
}

/// How many connections were cut for their noise.
fn counted(metrics: &Registry) -> f64 {
    let families = metrics.gather();
    let cut = families.iter().find(|family| family.name() == "tropa_connections_cut_total").unwrap();
    let excess = |metric: &&prometheus::proto::Metric| {
        metric.get_label().iter().any(|label| label.value() == "excess")
    };
    cut.get_metric().iter().find(excess).unwrap().get_counter().get_value()
}

#[test]
fn a_flood_of_frames_that_ask_for_nothing_is_cut() {
    let stage = Stage::restored(Shelf::default());
    stage.play(async {
        let registry = Some(stage.registry.clone());
        let metrics = Registry::new();
        let server = Server::bind(ANY_PORT, registry, None, open(), Limits::default(), Some(&metrics)).await;
        let server = server.unwrap();
        for flood in floods() {
            let socket = TcpStream::connect(server.address()).await.unwrap();
            let cut = timeout(PATIENCE, is_cut(socket, &flood)).await;
            assert_eq!(cut, Ok(true), "{} are listened to for ever", flood.0);
        }
        // Pings and settings h2 answers for ever; who is the first to have enough of the others is a matter of pieces.
        assert!(counted(&metrics) >= 2.0, "by us, where h2 does not: {}", counted(&metrics));
        answers(&mut HealthClient::new(channel(&server).await)).await;
    });
}

#[test]
fn and_so_it_is_through_tls() {
    let stage = Stage::restored(Shelf::default());
    stage.play(async {
        let metrics = Registry::new();
        let tropa = Encrypted::serve(&stage, Limits::default(), Some(&metrics)).await;
        for flood in floods() {
            let socket = tropa.connect(&[b"h2"]).await.unwrap();
            let cut = timeout(PATIENCE, is_cut(socket, &flood)).await;
            assert_eq!(cut, Ok(true), "{} are listened to for ever", flood.0);
        }
        // Pings and settings h2 answers for ever; who is the first to have enough of the others is a matter of pieces.
        assert!(counted(&metrics) >= 2.0, "by us, where h2 does not: {}", counted(&metrics));
        answers(&mut tropa.health()).await;
    });
}
