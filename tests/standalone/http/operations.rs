//! What is done to many things at once: to exactly those that were shown.

use std::time::Duration;

use serde_json::Value;
use tropa_dispatch::domain::Status;
use tropa_dispatch::settings::Settings;
use tropa_dispatch::testing::sample;

use super::api::{Api, with, with_options};
use crate::rig::{quick, until};

const LETTERS: &str = "/api/v1/dead-letters/operations";
const ORDERS: &str = "/api/v1/orders/operations";

async fn operation(api: &Api, id: &Value) -> Value {
    api.get(&format!("/api/v1/operations/{}", id.as_str().unwrap())).await.json()
}

/// How many letters are in this state.
async fn letters(api: &Api, state: &str) -> usize {
    let listed = api.get(&format!("/api/v1/dead-letters?limit=1000&state={state}")).await.json();
    listed.as_array().unwrap().len()
}

#[test]
fn a_set_is_what_was_shown_whatever_comes_after() {
    with(|api| async move {
        api.rig.park(4).await;
        let body = r#"{"action":"discard","dry_run":true}"#;
        let frozen = api.post(LETTERS, body).await.json();
        assert_eq!((&frozen["matched"], &frozen["set"]), (&4.into(), &frozen["operation"]));
        assert_eq!(frozen["sample"][0]["payload"], Value::Null);
        assert_eq!(letters(&api, "parked").await, 4, "nothing was done");
        // One is given up, another comes: neither is touched.
        let first = frozen["sample"][3]["id"].as_str().unwrap();
        let discard = format!("/api/v1/dead-letters/{first}/discard");
        assert_eq!(api.post(&discard, r#"{"reason":"alone"}"#).await.status, 200);
        api.rig.park(1).await;
        let set = frozen["set"].as_str().unwrap();
        let run = |more: &str| {
            api.post(LETTERS, format!(r#"{{"action":"discard","set":"{set}","reason":"game day"{more}}}"#))
        };
        run(r#","expected":5"#).await.problem(409, "count-differs");
        let other = format!(r#"{{"action":"replay","set":"{set}"}}"#);
        api.post(LETTERS, other).await.problem(409, "set-gone");
        let ran = run(r#","expected":4"#).await.json();
        assert_eq!((&ran["done"], &ran["skipped"], &ran["failed"]), (&3.into(), &1.into(), &0.into()));
        run("").await.problem(409, "set-gone");
        assert_eq!((letters(&api, "parked").await, letters(&api, "discarded").await), (1, 4));

        let done = operation(&api, &ran["operation"]).await;
        assert_eq!((&done["kind"], &done["state"]), (&"dead_letters.discard".into(), &"done".into()));
        assert_eq!((&done["subject"], &done["reason"]), (&"local".into(), &"game day".into()));
        let path = format!("/api/v1/operations/{}", done["id"].as_str().unwrap());
        api.post(&format!("{path}/stop"), "").await.problem(409, "operation-ended");
        let undone = api.post(&format!("{path}/undo"), "").await.json();
        assert_eq!((&undone["kind"], &undone["done"]), (&"dead_letters.restore".into(), &3.into()));
        assert_eq!((letters(&api, "parked").await, letters(&api, "discarded").await), (4, 1), "but that one");
        let path = format!("/api/v1/operations/{}", undone["id"].as_str().unwrap());
        api.post(&format!("{path}/undo"), "").await.problem(409, "not-undoable");
        let all = api.get("/api/v1/operations?limit=9").await.json();
        let kinds: Vec<_> = all.as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
        assert_eq!(kinds, ["dead_letters.restore", "dead_letters.discard"], "newest first");
        let line = api.get("/api/v1/audit?action=dead_letters.discard&outcome=done").await.json();
        assert_eq!(line["entries"][0]["detail"], "4 matched, 3 done, 1 skipped, 0 failed");
        assert_eq!(line["entries"].as_array().unwrap().len(), 1, "who only looks leaves no line");
        api.get("/api/v1/operations/01890000-0000-7000-8000-000000000000").await.problem(404, "not-found");
    });
}

#[test]
fn a_letter_that_failed_again_meanwhile_is_left_alone() {
    let settings = Settings { dispatch_deadline: Duration::from_millis(100), ..quick() };
    with_options(
        settings,
        |_| {},
        |api, server| async move {
            api.create("a").await;
            let order = api.rig.reaches("a", Status::ManualDispatch).await;
            let letter = sample::letter(&order, "not now");
            api.rig.letters().park(vec![letter.clone()]).await.unwrap();
            let frozen = api.post(LETTERS, r#"{"action":"replay","dry_run":true}"#).await.json();
            let mut again = sample::letter(&order, "something else");
            again.event_id = letter.event_id;
            again.last_seen = letter.last_seen + time::Duration::SECOND;
            api.rig.letters().park(vec![again]).await.unwrap();
            let set = frozen["set"].as_str().unwrap();
            let ran = api.post(LETTERS, format!(r#"{{"action":"replay","set":"{set}"}}"#)).await.json();
            assert_eq!((&ran["done"], &ran["skipped"]), (&0.into(), &1.into()));
            assert_eq!(letters(&api, "parked").await, 1);
            server.stop().await;
        },
    );
}

#[test]
fn what_is_stopped_goes_no_further() {
    with(|api| async move {
        api.rig.park(60).await;
        let body = r#"{"action":"discard","reason":"slowly","rate":10}"#;
        let begun = api.post(LETTERS, body).await;
        assert_eq!((begun.status, &begun.json()["under_way"]), (202, &true.into()));
        let id = begun.json()["operation"].clone();
        until("it has begun", async || operation(&api, &id).await["done"].as_u64() > Some(0)).await;
        let stopped = api.post(&format!("/api/v1/operations/{}/stop", id.as_str().unwrap()), "").await;
        assert_eq!((stopped.status, &stopped.json()["state"]), (200, &"stopped".into()));
        // What was in hand is done; nothing is begun any more.
        let mut before = letters(&api, "discarded").await;
        until("nothing moves", async || {
            tokio::time::sleep(Duration::from_millis(700)).await;
            let now = letters(&api, "discarded").await;
            std::mem::replace(&mut before, now) == now
        })
        .await;
        assert!((1..60).contains(&before), "{before}");
        assert_eq!(operation(&api, &id).await["state"], "stopped");
    });
}

#[test]
fn an_operation_outlives_who_carries_it_out() {
    with(|api| async move {
        api.rig.park(30).await;
        let body = r#"{"action":"discard","reason":"slowly","rate":10}"#;
        let id = api.post(LETTERS, body).await.json()["operation"].clone();
        until("it has begun", async || operation(&api, &id).await["done"].as_u64() > Some(0)).await;
        let killed = api.post("/api/v1/actors/tropa/clerk/kill", r#"{"reason":"game day"}"#).await;
        assert_eq!(killed.status, 202);
        // Half a minute of silence, which no test waits for: the store's own suite sees what follows then.
        until("it lives again", async || api.get("/api/v1/actors/tropa/clerk").await.json()["epoch"] == 2)
            .await;
        assert_eq!(operation(&api, &id).await["state"], "running");
    });
}

#[test]
fn orders_are_called_off_by_the_dozen() {
    with(|api| async move {
        // Nobody drives, so they wait.
        for n in 0..5 {
            api.create(&format!("o-{n}")).await;
        }
        assert_eq!(api.post(ORDERS, r#"{"action":"cancel"}"#).await.fields(), [""]);
        assert_eq!(api.post(ORDERS, r#"{"action":"cancel","ids":[],"filter":{}}"#).await.fields(), ["ids"]);
        let body = r#"{"action":"cancel","filter":{"status":"PENDING"},"dry_run":true}"#;
        let frozen = api.post(ORDERS, body).await.json();
        assert_eq!((&frozen["matched"], &frozen["sample"][0]["id"]), (&5.into(), &"o-4".into()));
        assert_eq!(api.post("/api/v1/orders/o-1/cancel", "").await.status, 200);
        api.create("late").await;
        let set = frozen["set"].as_str().unwrap();
        let run = format!(r#"{{"action":"cancel","set":"{set}","reason":"flood"}}"#);
        let ran = api.post(ORDERS, run).await.json();
        assert_eq!((&ran["done"], &ran["skipped"]), (&4.into(), &1.into()), "{ran}");
        assert_eq!(api.get("/api/v1/orders/o-2").await.json()["status"], "CANCELLED");
        assert_eq!(api.get("/api/v1/orders/o-2").await.json()["cancel_reason"], "flood");
        assert_eq!(api.get("/api/v1/orders/late").await.json()["status"], "PENDING");
        let none = r#"{"action":"cancel","filter":{"created_before":"2020-01-01T00:00:00Z"},"dry_run":true}"#;
        assert_eq!(api.post(ORDERS, none).await.json()["matched"], 0);
        let all = r#"{"action":"cancel","filter":{"created_after":"2020-01-01T00:00:00Z"},"dry_run":true}"#;
        assert_eq!(api.post(ORDERS, all).await.json()["matched"], 6);
        let these = r#"{"action":"dispatch","ids":["o-2","none","late"],"dry_run":true}"#;
        assert_eq!(api.post(ORDERS, these).await.json()["matched"], 2, "those that are there");
        let ran = api.post(ORDERS, r#"{"action":"dispatch","ids":["o-2","late"],"reason":"x"}"#).await.json();
        assert_eq!((&ran["skipped"], &ran["failed"]), (&1.into(), &1.into()), "{ran}");
        let errors = operation(&api, &ran["operation"]).await["errors"].clone();
        assert_eq!((&errors[0]["target"], errors.as_array().unwrap().len()), (&"late".into(), 1));
        assert_eq!(errors[0]["detail"], "no free driver within reach");
    });
}

#[test]
fn an_order_may_be_called_as_a_path_is() {
    with(|api| async move {
        for id in ["operations", "aggregates", "by-number", "session"] {
            let order = format!(r#"{{"id":"{id}","price":1.0,"tax":0.0}}"#);
            assert_eq!(api.post("/api/v1/orders", &order).await.status, 201);
            assert_eq!(api.get(&format!("/api/v1/orders/{id}")).await.json()["id"], id);
            assert_eq!(api.get(&format!("/api/v1/orders/{id}/events")).await.status, 200);
        }
    });
}
