//! Cancel, deliver, dispatch.

use std::collections::BTreeMap;

use serde_json::json;
use tropa_dispatch::domain::Status;
use tropa_dispatch::settings::Settings;

use super::api::{with, with_options};
use crate::rig::{self, FleetMode};

#[test]
fn an_order_is_driven_to_its_end() {
    with(|api| async move {
        api.rig.drivers(1).await;
        api.create("a").await;
        api.rig.reaches("a", Status::Dispatched).await;
        let delivered = api.post("/api/v1/orders/a/deliver", "").await;
        assert_eq!((delivered.status, delivered.header("etag")), (200, "\"3\""));
        assert_eq!(delivered.json()["status"], "DELIVERED");
        let late = api.post("/api/v1/orders/a/cancel", "").await.problem(409, "invalid-state-transition");
        assert_eq!(late["detail"], "invalid state transition: DELIVERED -> CANCELLED");
    });
}

#[test]
fn a_cancelled_order_keeps_its_reason() {
    with(|api| async move {
        api.create("a").await;
        assert_eq!(
            api.post("/api/v1/orders/a/cancel", r#"{"reason":7,"why":1}"#).await.fields(),
            ["reason", "why"]
        );
        let cancelled = api.post("/api/v1/orders/a/cancel", r#"{"reason":"too late"}"#).await;
        assert_eq!((cancelled.status, cancelled.json()["cancel_reason"].as_str()), (200, Some("too late")));
        api.post("/api/v1/orders/none/cancel", "").await.problem(404, "not-found");
        let timeline = api.get("/api/v1/orders/a/events").await.json();
        assert_eq!(
            (&timeline[1]["event"], &timeline[1]["reason"]),
            (&json!("cancelled"), &json!("too late"))
        );
    });
}

#[test]
fn a_condition_on_the_version_is_kept() {
    with(|api| async move {
        api.create("a").await;
        let cancel = |tag: &str| api.request("POST", "/api/v1/orders/a/cancel").header("if-match", tag);
        let stale = api.send(cancel("\"7\""), "").await;
        stale.problem(412, "version-mismatch");
        assert_eq!(stale.header("etag"), "\"1\"");
        api.send(cancel("W/\"1\""), "").await.problem(412, "version-mismatch");
        assert_eq!(api.send(cancel("\"1\", \"2\""), "").await.fields(), ["If-Match"]);
        assert_eq!(api.get("/api/v1/orders/a").await.json()["status"], "PENDING");
        assert_eq!(api.send(cancel("\"1\""), "").await.status, 200);
    });
}

#[test]
fn a_person_resolves_a_manual_dispatch() {
    let settings =
        Settings { fallback_after: std::time::Duration::ZERO, auto_redispatch: false, ..rig::quick() };
    with_options(
        settings,
        |_| {},
        |api, server| async move {
            api.rig.fleet.set(FleetMode::Fails);
            api.create("a").await;
            api.rig.reaches("a", Status::ManualDispatch).await;
            assert_eq!(api.get("/api/v1/orders/a").await.json()["manual_reason"], "fleet_unavailable");
            let waiting = api.get("/api/v1/orders?manual_reason=fleet_unavailable").await.json();
            assert_eq!(waiting["orders"][0]["id"], "a");
            let down = api.post("/api/v1/orders/a/dispatch", "").await;
            down.problem(503, "unavailable");
            assert_eq!(down.header("retry-after"), "1");
            api.rig.fleet.set(FleetMode::Works);
            let unknown = api.post("/api/v1/orders/a/dispatch", r#"{"driver_id":"nobody"}"#).await;
            unknown.problem(409, "driver-unavailable");
            assert_eq!(unknown.json()["detail"], "there is no driver nobody");
            api.call("PUT", "/api/v1/drivers/off", r#"{"name":"Off","status":"offline"}"#).await;
            let off = api.post("/api/v1/orders/a/dispatch", r#"{"driver_id":"off"}"#).await;
            assert_eq!(off.json()["detail"], "driver off is offline");
            api.post("/api/v1/orders/a/dispatch", "{}").await.problem(409, "no-driver");
            api.rig.drivers(2).await;
            let dispatched = api.post("/api/v1/orders/a/dispatch", r#"{"driver_id":"d-1"}"#).await;
            assert_eq!((dispatched.status, &dispatched.json()["driver"]["id"]), (200, &json!("d-1")));
            api.rig.fleet.set(FleetMode::Fails);
            api.create("b").await;
            api.rig.reaches("b", Status::ManualDispatch).await;
            api.rig.fleet.set(FleetMode::Works);
            let busy = api.post("/api/v1/orders/b/dispatch", r#"{"driver_id":"d-1"}"#).await;
            assert_eq!(busy.json()["detail"], "driver d-1 has order a");
            server.stop().await;
        },
    );
}

#[test]
fn of_racing_commands_each_step_is_won_once() {
    with(|api| async move {
        api.rig.drivers(4).await;
        for round in 0..20 {
            let id = format!("o-{round}");
            api.create(&id).await;
            let replies = futures_util::future::join_all((0..12).map(|n| {
                let (api, id) = (api.clone(), id.clone());
                let verb = ["cancel", "deliver", "dispatch"][n % 3];
                async move { (verb, api.post(&format!("/api/v1/orders/{id}/{verb}"), "").await) }
            }))
            .await;
            let mut won = BTreeMap::from([("cancel", 0), ("deliver", 0), ("dispatch", 0)]);
            for (verb, reply) in &replies {
                match reply.status {
                    200 => *won.get_mut(verb).unwrap() += 1,
                    _ => drop(reply.problem(409, "invalid-state-transition")),
                }
            }
            // The pipeline dispatches too, so a dispatch by hand wins once or not at all.
            assert!(won["dispatch"] <= 1 && won["cancel"] + won["deliver"] <= 1, "{won:?}");
            api.post(&format!("/api/v1/orders/{id}/cancel"), "").await;
            let order = api.get(&format!("/api/v1/orders/{id}")).await.json();
            let events = api.get(&format!("/api/v1/orders/{id}/events")).await.json();
            let versions: Vec<u64> =
                events.as_array().unwrap().iter().map(|e| e["version"].as_u64().unwrap()).collect();
            assert_eq!(versions, (1..=order["version"].as_u64().unwrap()).collect::<Vec<_>>());
            assert!(matches!(order["status"].as_str().unwrap(), "CANCELLED" | "DELIVERED"), "{order}");
        }
        rig::until("every driver is free", async || {
            let drivers = api.get("/api/v1/drivers").await.json();
            drivers["drivers"].as_array().unwrap().iter().all(|d| d["order_id"].is_null())
        })
        .await;
    });
}
