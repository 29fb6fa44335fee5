//! Callers that send what they should not, too much of it, or too slowly.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tropa::http::RateLimit;

use super::api::{Api, PATIENCE, rest, status_of, with, with_options};
use crate::rig;

#[test]
fn unknown_paths_methods_and_media_types_are_problems() {
    with(|api| async move {
        let problem = api.get("/api/v2/orders").await.problem(404, "not-found");
        assert_eq!(problem["instance"], "/api/v2/orders");
        api.get("/nowhere").await.problem(404, "not-found");
        let method = api.call("DELETE", "/api/v1/orders", "").await;
        method.problem(405, "method-not-allowed");
        assert_eq!(method.header("allow"), "POST, GET, HEAD, OPTIONS");
        api.call("BREW", "/api/v1/orders/a", "").await.problem(405, "method-not-allowed");
        let options = api.call("OPTIONS", "/api/v1/orders/a", "").await;
        assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, OPTIONS"));
        assert!(!options.headers.contains_key("access-control-allow-origin"));
        for media_type in ["text/plain", "application/xml", "application/json; charset=latin1", "garbage"] {
            let request = api.request("POST", "/api/v1/orders").header("content-type", media_type);
            api.send(request, r#"{"price":1,"tax":1}"#).await.problem(415, "unsupported-media-type");
        }
        let none = api.request("POST", "/api/v1/orders");
        api.send(none, r#"{"price":1,"tax":1}"#).await.problem(415, "unsupported-media-type");
        let zipped = api.request("POST", "/api/v1/orders").header("content-type", "application/json");
        let zipped = zipped.header("content-encoding", "gzip");
        api.send(zipped, vec![0x1f, 0x8b]).await.problem(415, "unsupported-media-type");
        let utf8 =
            api.request("POST", "/api/v1/orders").header("content-type", "application/json;charset=UTF-8");
        assert_eq!(api.send(utf8, r#"{"price":1,"tax":1}"#).await.status, 201);
        let latin1 = api.request("POST", "/api/v1/orders").header("content-type", "application/json");
        api.send(latin1, vec![b'"', 0xe7, b'"']).await.problem(400, "malformed-request");
        assert_eq!(api.count().await, 1);
    });
}

#[test]
fn a_head_is_a_get_without_the_body() {
    with(|api| async move {
        api.create("a").await;
        let head = api.call("HEAD", "/api/v1/orders/a", "").await;
        assert_eq!((head.status, head.text.as_str(), head.header("etag")), (200, "", "\"1\""));
        let stream = api.call("HEAD", "/api/v1/stream", "").await;
        assert_eq!((stream.status, stream.header("content-type")), (200, "text/event-stream"));
    });
}

#[test]
fn a_large_body_is_refused_announced_or_not() {
    with(|api| async move {
        let large = "x".repeat(2 << 20);
        let announced = api.post("/api/v1/orders", &large).await;
        announced.problem(413, "body-too-large");
        let mut chunked =
            b"POST /api/v1/orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n\
              transfer-encoding: chunked\r\n\r\n"
                .to_vec();
        for _ in 0..32 {
            chunked.extend_from_slice(format!("10000\r\n{}\r\n", "x".repeat(0x10000)).as_bytes());
        }
        chunked.extend_from_slice(b"0\r\n\r\n");
        let mut socket = api.connect().await;
        // The server may close while we still write.
        let (mut reader, mut writer) = socket.split();
        let mut text = String::new();
        let (_, _) = tokio::join!(writer.write_all(&chunked), reader.read_to_string(&mut text));
        assert_eq!(status_of(&text).unwrap(), 413, "{text}");
        assert!(text.contains("/problems/body-too-large"));
        assert_eq!(api.count().await, 0);
    });
}

#[test]
fn who_hangs_up_leaves_a_whole_order_or_none() {
    with(|api| async move {
        let body = |id: &str| format!(r#"{{"id":"{id}","price":1,"tax":1}}"#);
        let head = |length| {
            format!(
                "POST /api/v1/orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
            )
        };
        for n in 0..40 {
            let body = body(&format!("o-{n}"));
            let request = format!("{}{body}", head(body.len()));
            // Cut everywhere: within the head, within the body, right behind it.
            let cut = (n * request.len() / 38).min(request.len());
            let mut socket = api.connect().await;
            socket.write_all(&request.as_bytes()[..cut]).await.unwrap();
            drop(socket);
        }
        // One that is answered, behind them all.
        assert_eq!(api.create("last").await.status, 201);
        for order in api.get("/api/v1/orders?limit=100").await.json()["orders"].as_array().unwrap() {
            let id = order["id"].as_str().unwrap();
            let events = api.get(&format!("/api/v1/orders/{id}/events")).await.json();
            assert_eq!(events[0]["event"], "created", "{id}");
            let n: usize = id.trim_start_matches("o-").parse().unwrap_or(39);
            assert!(n >= 38, "{id} was cut before its end and accepted");
        }
    });
}

async fn dawdle(api: Api, server: tropa::http::Server) {
    let begun = Instant::now();
    // A head that never ends, one byte now and then.
    let mut slow = api.connect().await;
    slow.write_all(b"GET /livez HTTP/1.1\r\nx-slow: ").await.unwrap();
    // A body that never comes.
    let mut stuck = api.connect().await;
    stuck
        .write_all(b"POST /api/v1/orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{")
        .await
        .unwrap();
    let text = rest(&mut stuck).await;
    assert_eq!(status_of(&text).unwrap(), 408, "{text}");
    assert!(text.contains("/problems/request-timeout"), "{text}");
    let text = rest(&mut slow).await;
    assert_eq!(status_of(&text).unwrap(), 408, "{text}");
    assert!(begun.elapsed() < PATIENCE);
    assert_eq!(api.count().await, 0);
    server.stop().await;
}

#[test]
fn slow_callers_are_not_waited_for() {
    with_options(
        rig::quick(),
        |options| {
            options.limits.head_timeout = Duration::from_secs(1);
            options.limits.body_timeout = Duration::from_secs(1);
        },
        dawdle,
    );
}

#[test]
fn an_address_that_asks_too_often_is_told_when_to_come_back() {
    with_options(
        rig::quick(),
        |options| options.limits.rate_limit = Some(RateLimit { per_second: 1, burst: 5, loopback: true }),
        |api, server| async move {
            let first = api.get("/api/v1/instances").await;
            assert_eq!((first.status, first.header("ratelimit")), (200, "\"address\";r=4"));
            let mut refused = None;
            for _ in 0..10 {
                let reply = api.get("/api/v1/instances").await;
                refused = (reply.status != 200).then_some(reply).or(refused);
            }
            let refused = refused.expect("ten more than five at once");
            refused.problem(429, "rate-limited");
            assert_eq!(refused.header("retry-after"), "1");
            assert_eq!(api.get("/livez").await.status, 200, "probes are not limited");
            server.stop().await;
        },
    );
}

#[test]
fn too_many_at_once_are_turned_away() {
    with_options(
        rig::quick(),
        |options| options.limits.max_in_flight = 0,
        |api, server| async move {
            let refused = api.create("a").await;
            refused.problem(503, "overloaded");
            assert_eq!(refused.header("retry-after"), "1");
            assert_eq!(api.get("/livez").await.status, 200);
            server.stop().await;
        },
    );
}

async fn report_slowly(api: Api, server: tropa::http::Server, path: &str) {
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n");
    let request = head + "content-type: application/x-ndjson\r\n\r\n";
    let mut slow = Vec::new();
    rig::until("one is in the only place", async || {
        let mut stream = api.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        slow.push(stream);
        let another = api.request("POST", "/api/v1/drivers/positions");
        api.send(another.header("content-type", "application/x-ndjson"), "").await.status == 503
    })
    .await;
    assert_eq!(api.create("a").await.status, 201);
    drop(slow);
    server.stop().await;
}

#[test]
fn slow_streams_of_positions_take_no_orders_place() {
    // The second is the same to the routes.
    for path in ["/api/v1/drivers/positions", "/api/v1/drivers/position%73"] {
        with_options(
            rig::quick(),
            |options| (options.limits.max_in_flight, options.limits.max_position_streams) = (1, 1),
            |api, server| report_slowly(api, server, path),
        );
    }
}

#[test]
fn nonsense_on_the_wire_is_closed_and_harms_nobody() {
    with(|api| async move {
        for nonsense in
            [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"GET\r\n\r\n", b"\0\0\0\0\r\n\r\n"]
        {
            let text = api.raw(nonsense).await;
            assert!(text.is_empty() || status_of(&text).unwrap() == 400, "{text}");
        }
        let twice = "POST /api/v1/orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\
                     transfer-encoding: chunked\r\n\r\n";
        assert_eq!(status_of(&api.raw(twice.as_bytes()).await).unwrap(), 400);
        assert_eq!(api.create("a").await.status, 201);
    });
}
