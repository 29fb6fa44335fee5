//! Many connections at once, of one address and of several.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tropa::http::Options;
use tropa::peers::Apart;

use super::api::{PATIENCE, rest, status_of, with_options};
use crate::harness::Setup;
use crate::rig;

const LIVEZ: &[u8] = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";

/// A connection from this address of the loopback network.
async fn from(last: u8, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into()).unwrap();
    socket.connect(to).await.unwrap()
}

/// The status of an answer without a long body; `None` when the connection was ended.
async fn asked(socket: &mut TcpStream, request: &[u8]) -> Option<u16> {
    socket.write_all(request).await.ok()?;
    let mut text = vec![0; 4_096];
    let count = timeout(PATIENCE, socket.read(&mut text)).await.expect("an answer or an end").ok()?;
    Some(status_of(&String::from_utf8_lossy(&text[..count]))?.as_u16())
}

/// Whether the connection was ended, after everything that was under way.
async fn ended(socket: &mut TcpStream) -> bool {
    asked(socket, LIVEZ).await.is_none()
}

/// This machine is counted as any other: the test has no other addresses.
fn few(options: &mut Options, connections: usize, per_address: usize) {
    options.limits.max_connections = connections;
    options.limits.max_connections_per_address = per_address;
    options.limits.apart = Apart::default();
}

#[test]
fn no_single_address_takes_the_api() {
    with_options(
        rig::quick(),
        |options| few(options, 60, 10),
        |api, server| async move {
            // Kept alive, one request each, as many as would take every place twice.
            let mut crowd = Vec::new();
            for _ in 0..120 {
                let mut socket = from(2, api.address).await;
                assert_eq!(asked(&mut socket, LIVEZ).await, Some(200), "its own idle ones make room");
                crowd.push(socket);
            }
            assert_eq!(api.get("/livez").await.status, 200);
            assert_eq!(api.create("a").await.status, 201);
            let mut alive = 0;
            for socket in &mut crowd {
                alive += usize::from(!ended(socket).await);
            }
            assert!((1..=10).contains(&alive), "{alive} of them are left");
            server.stop().await;
        },
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_it_as_it_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup::on(folder.path()).with("TROPA_HTTP_MAX_CONNECTIONS", 100);
    let tropa = setup.with("TROPA_HTTP_RATE_LIMIT_LOOPBACK", true).start().await;
    let mut crowd = Vec::new();
    for _ in 0..300 {
        let mut socket = from(2, tropa.addresses().http).await;
        assert_eq!(asked(&mut socket, LIVEZ).await, Some(200));
        crowd.push(socket);
    }
    let order = serde_json::json!({ "price": 1, "tax": 1 });
    assert_eq!(tropa.post("/api/v1/orders", &order).await.unwrap().status, 201);
    let text = tropa.get("/metrics").await.unwrap().text;
    let open = text.lines().find_map(|line| line.strip_prefix("tropa_connections{listener=\"http\"} "));
    let open: usize = open.expect("it is counted").parse().unwrap();
    assert!((10..=12).contains(&open), "a tenth of a hundred, and ours: {open}");
}

#[test]
fn when_places_run_out_the_idle_are_ended_and_the_busy_are_not() {
    with_options(
        rig::quick(),
        |options| few(options, 6, 6),
        |api, server| async move {
            let mut stream = from(2, api.address).await;
            let live = b"GET /api/v1/stream?topics=overview HTTP/1.1\r\nhost: x\r\n\r\n";
            assert_eq!(asked(&mut stream, live).await, Some(200));
            let mut idle = Vec::new();
            for last in 3..8 {
                let mut socket = from(last, api.address).await;
                assert_eq!(asked(&mut socket, LIVEZ).await, Some(200));
                idle.push(socket);
            }
            let mut newcomers = Vec::new();
            for last in 10..15 {
                let mut socket = from(last, api.address).await;
                assert_eq!(asked(&mut socket, LIVEZ).await, Some(200));
                newcomers.push(socket);
            }
            // A request is at work for a moment after its answer was read, so any of these may have been the idlest.
            let mut gone = 0;
            for socket in idle.iter_mut().chain(&mut newcomers) {
                gone += usize::from(ended(socket).await);
            }
            assert_eq!(gone, 5, "one for each newcomer");
            // It is told of what happens now.
            api.create("a").await;
            let mut some = [0; 64];
            assert!(timeout(PATIENCE, stream.read(&mut some)).await.unwrap().is_ok_and(|count| count > 0));
            server.stop().await;
        },
    );
}

#[test]
fn who_watches_is_answered_when_no_place_is_left() {
    with_options(
        rig::quick(),
        |options| {
            few(options, 1, 1);
            options.metrics_address = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        },
        |api, server| async move {
            let mut stream = from(2, api.address).await;
            assert_eq!(
                asked(&mut stream, b"GET /api/v1/stream HTTP/1.1\r\nhost: x\r\n\r\n").await,
                Some(200)
            );
            let text = rest(&mut from(3, api.address).await).await;
            assert_eq!(status_of(&text).unwrap(), 503, "{text}");
            assert!(text.contains("retry-after"), "{text}");
            let watched = server.metrics_address().unwrap();
            for path in ["/livez", "/readyz", "/health", "/ready", "/metrics"] {
                let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
                assert_eq!(asked(&mut from(4, watched).await, request.as_bytes()).await, Some(200), "{path}");
            }
            let order = "GET /api/v1/orders HTTP/1.1\r\nhost: x\r\n\r\n";
            assert_eq!(asked(&mut from(4, watched).await, order.as_bytes()).await, Some(404), "nothing else");
            // Nor is there a way to take these places.
            let mut crowd = Vec::new();
            for _ in 0..100 {
                let mut socket = from(5, watched).await;
                assert_eq!(asked(&mut socket, LIVEZ).await, Some(200));
                crowd.push(socket);
            }
            assert_eq!(asked(&mut from(6, watched).await, LIVEZ).await, Some(200));
            server.stop().await;
        },
    );
}

#[test]
fn this_machine_and_its_proxies_speak_for_many() {
    with_options(
        rig::quick(),
        |options| {
            few(options, 40, 1);
            options.limits.apart = Apart { loopback: false, proxies: vec!["127.0.0.2".parse().unwrap()] };
            options.limits.keep_alive = Duration::from_mins(5);
        },
        |api, server| async move {
            let mut proxied = Vec::new();
            for _ in 0..20 {
                let mut socket = from(2, api.address).await;
                assert_eq!(asked(&mut socket, LIVEZ).await, Some(200));
                proxied.push(socket);
            }
            for socket in &mut proxied {
                assert!(!ended(socket).await);
            }
            server.stop().await;
        },
    );
}
