//! Probes, metrics, and the whole at a glance.

use std::sync::atomic::Ordering;
use std::time::Instant;

use futures_util::future::join_all;
use serde_json::json;
use tropa_dispatch::domain::Status;

use super::api::{with, with_options};
use crate::rig;

#[test]
fn a_store_that_is_down_makes_it_unready_and_not_dead() {
    with(|api| async move {
        for path in ["/livez", "/health", "/healthz", "/readyz", "/ready"] {
            assert_eq!(api.get(path).await.status, 200, "{path}");
        }
        api.rig.store.down.store(true, Ordering::SeqCst);
        assert_eq!(api.get("/livez").await.status, 200);
        rig::until("it is unready", async || api.get("/readyz").await.status != 200).await;
        api.get("/readyz").await.problem(503, "unavailable");
        let refused = api.create("a").await;
        refused.problem(503, "unavailable");
        assert_eq!(refused.header("retry-after"), "1");
        api.rig.store.down.store(false, Ordering::SeqCst);
        rig::until("it is ready again", async || api.get("/readyz").await.status == 200).await;
        assert_eq!(api.create("a").await.status, 201);
    });
}

#[test]
fn many_probes_cost_the_store_one_look_a_second() {
    with_options(
        rig::quick(),
        |options| options.limits.max_in_flight = 0,
        |api, server| async move {
            let begun = Instant::now();
            let probes = join_all((0..200).map(|_| api.get("/readyz"))).await;
            assert!(probes.iter().all(|probe| probe.status == 200), "no limit is in their way");
            let (looks, seconds) = (api.rig.store.checks.load(Ordering::SeqCst), begun.elapsed().as_secs());
            assert!(looks as u64 <= seconds + 1, "{looks} looks in {seconds} s");
            server.stop().await;
        },
    );
}

#[test]
fn requests_are_measured_by_route() {
    with_options(
        rig::quick(),
        |options| options.metrics_address = Some(std::net::SocketAddr::from(([127, 0, 0, 1], 0))),
        |api, server| async move {
            api.create("a").await;
            api.get("/api/v1/orders/a").await;
            api.get("/nowhere/at/all").await;
            let metrics = api.get("/metrics").await;
            assert!(metrics.header("content-type").starts_with("text/plain"));
            for line in [
                r#"tropa_http_request_duration_seconds_count{method="POST",route="/api/v1/orders",status="201"} 1"#,
                r#"tropa_http_request_duration_seconds_count{method="GET",route="/api/v1/orders/{id}",status="200"} 1"#,
                r#"tropa_http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 1"#,
            ] {
                assert!(metrics.text.contains(line), "{line} is not in\n{}", metrics.text);
            }
            let second = format!("http://{}/metrics", server.metrics_address().unwrap());
            let request = hyper::Request::builder().uri(second);
            assert!(api.send(request, "").await.text.contains("tropa_http_request_duration_seconds"));
            server.stop().await;
        },
    );
}

#[test]
fn the_whole_is_seen_at_a_glance() {
    with(|api| async move {
        api.rig.drivers(1).await;
        api.create("a").await;
        api.create("b").await;
        rig::until("the overview shows it", async || {
            let overview = api.get("/api/v1/overview").await.json();
            overview["orders"]["dispatched"] == 1 && overview["orders"]["pending"] == 1
        })
        .await;
        let instance = &api.get("/api/v1/instances").await.json()[0];
        assert_eq!((&instance["mode"], &instance["version"]), (&json!("standalone"), &json!("0.1.0")));
        let breaker = &api.get("/api/v1/breakers").await.json()[0];
        assert_eq!((&breaker["name"], &breaker["state"]), (&json!("fleet"), &json!("closed")));
        let outbox = api.get("/api/v1/outbox").await.json();
        assert_eq!(outbox["limit"], 1_000_000);
        api.rig.reaches("a", Status::Dispatched).await;
    });
}

#[test]
fn a_callers_trace_is_continued() {
    with(|api| async move {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let request = api.request("POST", "/api/v1/orders").header("content-type", "application/json");
        let request = request.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
        let created = api.send(request, r#"{"id":"a","price":1,"tax":1}"#).await;
        assert_eq!(created.header("x-trace-id"), trace);
        assert_eq!(api.get("/api/v1/orders/a/events").await.json()[0]["trace_id"], trace);
    });
}
