//! Live streams that nobody reads.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tropa_dispatch::domain::{EventKind, Order};

use super::api::{Api, status_of, with_options};
use super::greedy::{counted, narrow};
use crate::rig;

const STREAMS: usize = 100;
const READERS: usize = 3;

/// A stream of orders, of which the head and a little more was read.
async fn opened(api: &Api) -> TcpStream {
    let mut socket = narrow(api.address, 4_096).await;
    socket.write_all(b"GET /api/v1/stream?topics=orders HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut head = [0; 64];
    let count = socket.read(&mut head).await.unwrap();
    assert_eq!(status_of(&String::from_utf8_lossy(&head[..count])).unwrap(), 200);
    socket
}

/// The order under another id.
fn another(order: &Order, n: u32) -> Order {
    Order { id: format!("a-{n}").parse().unwrap(), ..order.clone() }
}

/// Reads on until there is no more, or until it was told of this.
async fn reads_until(mut socket: TcpStream, word: &'static str) -> bool {
    let (mut piece, mut text) = (vec![0; 64 << 10], Vec::new());
    while let Ok(count @ 1..) = socket.read(&mut piece).await {
        text.extend_from_slice(&piece[..count]);
        if text.windows(word.len()).any(|part| part == word.as_bytes()) {
            return true;
        }
        text.drain(..text.len().saturating_sub(word.len()));
    }
    false
}

#[test]
fn who_does_not_take_its_events_is_ended_and_who_does_is_not() {
    with_options(
        rig::quick(),
        |options| {
            options.limits.write_timeout = Duration::from_secs(1);
            options.limits.max_streams = STREAMS + READERS;
        },
        |api, server| async move {
            api.create("a").await;
            let order = api.rig.order("a").await;
            let mut deaf = Vec::new();
            for _ in 0..STREAMS {
                deaf.push(opened(&api).await);
            }
            let mut readers = Vec::new();
            for _ in 0..READERS {
                readers.push(tokio::spawn(reads_until(opened(&api).await, "\"id\":\"the-last\"")));
            }
            api.get("/api/v1/stream").await.problem(503, "overloaded");
            let all = format!(r#"tropa_connections_cut_total{{listener="http",reason="stalled"}} {STREAMS}"#);
            // Of one order nobody would be told but the newest.
            let mut orders = (0..).map(|n| another(&order, n));
            rig::until("all who do not read are ended", async || {
                for order in orders.by_ref().take(10) {
                    api.rig.handles.feed.announce(&EventKind::Created, &order);
                }
                counted(&api, &all).await
            })
            .await;
            // Their places are free, and the others' were never in question.
            rig::until("there is a place", async || {
                api.open(api.request("GET", "/api/v1/stream")).await.status() == 200
            })
            .await;
            assert_eq!(api.create("the-last").await.status, 201);
            for reader in readers {
                assert!(reader.await.unwrap(), "a reader was ended");
            }
            assert!(counted(&api, &all).await, "and nobody else was");
            drop(deaf);
            server.stop().await;
        },
    );
}
