//! The orderly end.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::api::{PATIENCE, rest, status_of, with_options};
use crate::rig;

#[test]
fn what_was_begun_is_answered_and_nothing_new_is_taken() {
    with_options(
        rig::quick(),
        |_| {},
        |api, server| async move {
            let body = r#"{"id":"last","price":1,"tax":1}"#;
            let head = format!(
                "POST /api/v1/orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let mut begun = api.connect().await;
            begun.write_all(head.as_bytes()).await.unwrap();
            let (first, second) = body.split_at(10);
            begun.write_all(first.as_bytes()).await.unwrap();
            // Answered behind it on another connection: the server has read the head by now.
            let mut idle = api.connect().await;
            assert_eq!(api.create("before").await.status, 201);
            server.retire();
            api.get("/readyz").await.problem(503, "unavailable");
            assert_eq!(api.get("/livez").await.status, 200);
            let stopping = async {
                timeout(PATIENCE, server.stop()).await.expect("it stops");
            };
            let finishing = async {
                // The listener is closed before the request in flight is done.
                rig::until("no new connection", async || {
                    tokio::net::TcpStream::connect(api.address).await.is_err()
                })
                .await;
                begun.write_all(second.as_bytes()).await.unwrap();
                rest(&mut begun).await
            };
            let ((), answer) = tokio::join!(stopping, finishing);
            assert_eq!(status_of(&answer).unwrap(), 201, "{answer}");
            assert_eq!(rest(&mut idle).await, "");
            assert_eq!(api.rig.timeline("last").await.len(), 1);
        },
    );
}

#[test]
fn who_never_finishes_is_cut_at_the_deadline() {
    with_options(
        rig::quick(),
        |options| {
            options.drain_timeout = Duration::from_secs(1);
            options.limits.body_timeout = Duration::from_mins(1);
        },
        |api, server| async move {
            let mut stuck = api.connect().await;
            stuck
                .write_all(b"POST /api/v1/orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{")
                .await
                .unwrap();
            assert_eq!(api.create("a").await.status, 201);
            timeout(Duration::from_secs(10), server.stop()).await.expect("it stops all the same");
            rest(&mut stuck).await;
        },
    );
}
