//! The pipeline at a glance, and the line that says that nothing was lost.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use tropa_dispatch::domain::Status;

use super::api::{Api, with, with_options};
use crate::rig::{self, FleetMode, until};

async fn pipeline(api: &Api) -> Value {
    let answer = api.get("/api/v1/pipeline").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn stage<'a>(pipeline: &'a Value, name: &str) -> &'a Value {
    pipeline["stages"].as_array().unwrap().iter().find(|stage| stage["stage"] == name).unwrap()
}

#[test]
fn each_stage_says_what_an_order_took() {
    with(|api| async move {
        let idle = pipeline(&api).await;
        let names: Vec<_> =
            idle["stages"].as_array().unwrap().iter().map(|stage| stage["stage"].clone()).collect();
        assert_eq!(names, ["intake", "outbox", "broker", "consumers", "guard", "breaker", "fleet", "orders"]);
        assert_eq!(idle["attention"], json!([]), "nobody is needed");
        for stage in idle["stages"].as_array().unwrap() {
            assert_eq!((&stage["state"], &stage["note"]), (&"ok".into(), &Value::Null), "{stage}");
            assert_eq!(
                (&stage["p50_ms"], stage["series"].as_array().unwrap().len()),
                (&Value::Null, 60),
                "{stage}"
            );
        }
        assert_eq!(
            (&idle["slo"][1]["name"], &idle["slo"][1]["attained"]),
            (&"intake_fast".into(), &Value::Null)
        );

        api.rig.drivers(1).await;
        for id in ["a", "b"] {
            assert_eq!(api.create(id).await.status, 201);
        }
        api.rig.reaches("a", Status::Dispatched).await;
        until("each stage has timed something", async || {
            let stages = pipeline(&api).await["stages"].take();
            stages.as_array().unwrap().iter().all(|stage| {
                stage["p99_ms"].as_f64() >= stage["p50_ms"].as_f64() && stage["p50_ms"].is_number()
            })
        })
        .await;
        let busy = pipeline(&api).await;
        assert_eq!(stage(&busy, "orders")["depth"], 1, "b waits for a driver");
        assert_eq!(
            busy["slo"][0],
            json!({ "name": "intake_available", "target": 0.999, "attained": 1.0,
            "window_ms": busy["slo"][0]["window_ms"], "budget_left": 1.0 })
        );
    });
}

#[test]
fn what_is_away_is_shown_and_not_an_error() {
    with_options(
        rig::quick(),
        |_| {},
        |api, server| async move {
            api.rig.store.down.store(true, Ordering::SeqCst);
            until("the store is seen to be away", async || {
                let pipeline = pipeline(&api).await;
                let orders = stage(&pipeline, "orders");
                orders["state"] == "down"
                    && orders["note"].as_str().unwrap().contains("switched off")
                    && orders["depth"].is_null()
            })
            .await;
            api.rig.store.down.store(false, Ordering::SeqCst);
            api.rig.fleet.set(FleetMode::Fails);
            for n in 0..12 {
                api.create(&format!("o-{n}")).await;
            }
            until("the breaker is seen to be open", async || {
                let pipeline = pipeline(&api).await;
                let opened = |kind: &Value| kind["kind"] == "open_breaker" && kind["target"] == "/breakers";
                stage(&pipeline, "breaker")["state"] == "down"
                    && pipeline["attention"].as_array().unwrap().iter().any(opened)
            })
            .await;
            let breaker = api.get("/api/v1/breakers").await.json()[0].take();
            let change = &breaker["history"][0];
            assert_eq!((&change["from"], &change["to"]), (&"closed".into(), &"open".into()), "{breaker}");
            let why = change["why"].as_str().unwrap();
            assert!(why.contains(" failed and 0 were slow: ") && why.contains("switched off"), "{why}");
            assert!(breaker["next_probe_at"].as_str() > change["at"].as_str(), "{breaker}");
            assert_eq!(breaker["instance"], "rig");
            api.get("/api/v1/breakers?instance=nobody").await.problem(404, "not-found");
            api.rig.fleet.set(FleetMode::Works);
            server.stop().await;
        },
    );
}

#[test]
fn what_was_accepted_is_somewhere() {
    with(|api| async move {
        api.rig.drivers(1).await;
        for id in ["a", "b", "a"] {
            api.create(id).await;
        }
        api.rig.reaches("a", Status::Dispatched).await;
        assert_eq!(api.post("/api/v1/orders/b/cancel", "{}").await.status, 200);
        until("the line adds up", async || {
            let line = api.get("/api/v1/overview").await.json()["conservation"].take();
            line == json!({ "accepted": 2, "pending": 0, "dispatched": 1, "manual_dispatch": 0, "delivered": 0,
                "cancelled": 1, "pruned": 0, "holds": true })
        })
        .await;
        // An order that vanishes is missing among the states, and was accepted all the same.
        let lose = "PRAGMA foreign_keys = off; UPDATE order_counts SET orders = orders - 1 WHERE status = 'CANCELLED';
                    DELETE FROM orders WHERE id = 'b'";
        rusqlite::Connection::open(api.rig.database()).unwrap().execute_batch(lose).unwrap();
        until("the loss is seen", async || {
            let line = api.get("/api/v1/overview").await.json()["conservation"].take();
            (&line["accepted"], &line["cancelled"], &line["holds"]) == (&2.into(), &0.into(), &false.into())
        })
        .await;
    });
}
