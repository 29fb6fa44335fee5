//! Callers that take too much: they do not read, send ahead, or go on sending after they were refused.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::api::{Api, PATIENCE, with_options};
use crate::harness::Setup;
use crate::rig;

/// A connection that takes little from its peer before it is read.
pub async fn narrow(to: std::net::SocketAddr, bytes: u32) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(bytes).unwrap();
    socket.connect(to).await.unwrap()
}

pub async fn counted(api: &Api, line: &str) -> bool {
    api.get("/metrics").await.text.lines().any(|counted| counted == line)
}

/// Writes until nothing more is taken for a while, or the bytes are used up; how many were taken.
async fn pour(socket: &mut TcpStream, bytes: &[u8]) -> usize {
    let mut sent = 0;
    while sent < bytes.len() {
        match timeout(Duration::from_millis(300), socket.write(&bytes[sent..])).await {
            Ok(Ok(count)) => sent += count,
            Ok(Err(_)) | Err(_) => break,
        }
    }
    sent
}

#[test]
fn who_does_not_read_the_answers_is_cut() {
    with_options(
        rig::quick(),
        |options| options.limits.write_timeout = Duration::from_secs(1),
        |api, server| async move {
            let mut socket = narrow(api.address, 4_096).await;
            let ask = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(400);
            pour(&mut socket, &ask).await;
            rig::until("it is cut", async || {
                counted(&api, r#"tropa_connections_cut_total{listener="http",reason="stalled"} 1"#).await
            })
            .await;
            // What it was sent, and then the end, which is a reset.
            let mut read = Vec::new();
            let _ = timeout(PATIENCE, socket.read_to_end(&mut read)).await.expect("it has an end");
            server.stop().await;
        },
    );
}

#[test]
fn who_reads_slowly_is_not() {
    with_options(
        rig::quick(),
        |options| options.limits.write_timeout = Duration::from_secs(2),
        |api, server| async move {
            let mut socket = narrow(api.address, 32 << 10).await;
            let ask = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(40);
            let last = b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
            let (mut reader, mut writer) = socket.split();
            let (begun, mut read) = (Instant::now(), Vec::new());
            let reading = async {
                let mut piece = vec![0; 64 << 10];
                while let Ok(count @ 1..) = reader.read(&mut piece).await {
                    read.extend_from_slice(&piece[..count]);
                    // For longer in all than an answer may stand still.
                    if begun.elapsed() < Duration::from_secs(5) {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
            };
            let writing = async {
                writer.write_all(&ask).await.unwrap();
                writer.write_all(last).await.unwrap();
            };
            tokio::join!(reading, writing);
            assert!(begun.elapsed() > Duration::from_secs(2), "it did not take long enough to mean anything");
            assert!(read.ends_with(br#"{"status":"alive"}"#), "{} bytes", read.len());
            server.stop().await;
        },
    );
}

#[test]
fn a_refused_body_is_not_read_on() {
    with_options(
        rig::quick(),
        |_| {},
        |api, server| async move {
            let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
            let heads = [
                // Too large; and one that nobody reads, because there is no such path.
                "POST /api/v1/orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n",
                "POST /nothing HTTP/1.1\r\nhost: x\r\n",
            ];
            for head in heads {
                let mut socket = api.connect().await;
                let head = format!("{head}transfer-encoding: chunked\r\n\r\n");
                socket.write_all(head.as_bytes()).await.unwrap();
                let mut sent = 0;
                while sent < 128 << 20 {
                    let count = pour(&mut socket, chunk.as_bytes()).await;
                    sent += count;
                    if count < chunk.len() {
                        break;
                    }
                }
                assert!(sent < 32 << 20, "{sent} bytes were taken of {head}");
            }
            server.stop().await;
        },
    );
}

/// Kilobytes that a process has had in memory at once.
fn most_resident(pid: u32) -> u64 {
    let status = procfs::process::Process::new(i32::try_from(pid).unwrap()).unwrap().status().unwrap();
    status.vmhwm.unwrap()
}

/// Kilobytes that a connection costs which asks for this again and again, and reads no answer, until it is cut.
async fn cost_of(path: &str) -> u64 {
    const CONNECTIONS: u64 = 100;
    let folder = tempfile::tempdir().unwrap();
    let tropa = Setup::on(folder.path()).with("TROPA_HTTP_WRITE_TIMEOUT_SECONDS", 3).start().await;
    let before = most_resident(tropa.pid());
    let ahead = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").repeat(30_000);
    let crowd = (0..CONNECTIONS).map(async |_| {
        let mut socket = narrow(tropa.addresses().http, 4_096).await;
        pour(&mut socket, ahead.as_bytes()).await;
        socket
    });
    let crowd = futures_util::future::join_all(crowd).await;
    let all = format!(r#"tropa_connections_cut_total{{listener="http",reason="stalled"}} {CONNECTIONS}"#);
    rig::until("all are cut", async || {
        tropa.get("/metrics").await.unwrap().text.lines().any(|counted| counted == all)
    })
    .await;
    drop(crowd);
    (most_resident(tropa.pid()) - before) / CONNECTIONS
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_ahead_and_does_not_read_costs_little() {
    // What is answered by a line, by a page, and by megabytes.
    for (path, most) in [("/livez", 150), ("/openapi.json", 400), ("/docs/swagger-ui-bundle.js", 400)] {
        let each = cost_of(path).await;
        assert!(each < most, "{path}: {each} kB a connection");
    }
}

#[tokio::test]
async fn the_soft_limit_of_descriptors_is_raised() {
    let folder = tempfile::tempdir().unwrap();
    let tropa = Setup::on(folder.path()).after("ulimit -S -n 64; ulimit -H -n 700").start().await;
    let process = procfs::process::Process::new(i32::try_from(tropa.pid()).unwrap()).unwrap();
    let limits = process.limits().unwrap().max_open_files;
    assert!(matches!(limits.soft_limit, procfs::process::LimitValue::Value(700)), "{limits:?}");
    assert!(tropa.log().contains("fewer file descriptors than connections"), "{}", tropa.log());
}
