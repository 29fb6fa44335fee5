//! The supervision tree over HTTP.

use serde_json::json;
use tropa::http::AdminToken;
use tropa_dispatch::intake::Submit;

use super::api::{with, with_options};
use crate::rig;

#[test]
fn the_tree_is_shown_and_one_of_it() {
    with(|api| async move {
        let tree = api.get("/api/v1/actors").await.json();
        let paths: Vec<_> = tree.as_array().unwrap().iter().map(|a| a["path"].as_str().unwrap()).collect();
        assert_eq!(paths[0], "/tropa");
        for path in ["/tropa/journal", "/tropa/intake", "/tropa/outbox/relay"] {
            assert!(paths.contains(&path), "{path} is not in {paths:?}");
        }
        let relay = api.get("/api/v1/actors/tropa/outbox/relay").await.json();
        assert_eq!((&relay["state"], &relay["epoch"]), (&json!("running"), &json!(1)));
        let encoded = api.get("/api/v1/actors/tropa%2Foutbox%2Frelay").await.json();
        assert_eq!(encoded["path"], "/tropa/outbox/relay");
        api.get("/api/v1/actors/tropa/nobody").await.problem(404, "not-found");
    });
}

#[test]
fn a_killed_actor_is_replaced_and_an_old_epoch_refused() {
    with(|api| async move {
        let kill = "/api/v1/actors/tropa/intake/kill";
        assert_eq!(api.post(kill, r#"{"epoch":"1"}"#).await.fields(), ["epoch", "reason"]);
        let sent = api.post(kill, r#"{"epoch":1,"reason":"test"}"#).await;
        assert_eq!((sent.status, &sent.json()["command"]), (202, &json!("kill")));
        rig::until("the next intake runs", async || {
            let intake = api.get("/api/v1/actors/tropa/intake").await.json();
            intake["epoch"] == 2 && intake["state"] == "running" && intake["last_exit"]["kind"] == "killed"
        })
        .await;
        assert_eq!(api.create("after").await.status, 201);
        let late = api.post(kill, r#"{"epoch":1,"reason":"test"}"#).await.problem(409, "stale-epoch");
        assert!(late["detail"].as_str().unwrap().contains("epoch 2"), "{late}");
        let tickle = api.post("/api/v1/actors/tropa/intake/tickle", r#"{"reason":"x"}"#).await;
        let detail = tickle.problem(404, "not-found")["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("\"tickle\"") && detail.contains("stop, kill, panic"), "{detail}");
        api.call("PUT", "/api/v1/actors/tropa/intake/kill", "").await.problem(405, "method-not-allowed");
        api.post("/api/v1/actors/tropa/nobody/kill", r#"{"reason":"x"}"#).await.problem(404, "not-found");
    });
}

#[test]
fn a_suspended_intake_is_a_503_and_nothing_half_created() {
    with_options(
        rig::quick(),
        |options| options.limits.ask_deadline = std::time::Duration::from_secs(1),
        |api, server| async move {
            let suspend = api.post("/api/v1/actors/tropa/intake/suspend", r#"{"reason":"test"}"#).await;
            assert_eq!(suspend.status, 202);
            rig::until("intake is suspended", async || {
                api.get("/api/v1/actors/tropa/intake").await.json()["state"] == "suspended"
            })
            .await;
            let refused = api.create("a").await;
            refused.problem(503, "unavailable");
            assert_eq!(refused.header("retry-after"), "1");
            let resume = api.post("/api/v1/actors/tropa/intake/resume", r#"{"reason":"test"}"#).await;
            assert_eq!(resume.status, 202);
            assert_eq!(api.create("b").await.status, 201);
            assert_eq!(api.count().await, 1, "a question nobody waits for any more is cancelled whole");
            server.stop().await;
        },
    );
}

#[test]
fn a_full_mailbox_is_a_503_at_once() {
    with(|api| async move {
        let command = async |verb: &str| {
            let path = format!("/api/v1/actors/tropa/intake/{verb}");
            assert_eq!(api.post(&path, r#"{"reason":"test"}"#).await.status, 202);
        };
        command("suspend").await;
        rig::until("intake is suspended", async || {
            api.get("/api/v1/actors/tropa/intake").await.json()["state"] == "suspended"
        })
        .await;
        let intake = api.rig.handles.intake.here().unwrap();
        let submit = |n| Submit { order: rig::new_order(&format!("o-{n}")), key: None, trace: None };
        let waiting: Vec<_> = (0..intake.capacity()).map(|n| intake.try_ask(submit(n)).unwrap()).collect();
        let refused = api.create("a").await;
        refused.problem(503, "overloaded");
        assert_eq!(refused.header("retry-after"), "1");
        drop(waiting);
        command("resume").await;
        rig::until("there is room", async || api.create("b").await.status < 300).await;
        assert_eq!(api.count().await, 1, "who hung up while they waited left nothing behind");
    });
}

#[test]
fn without_the_token_nothing_is_done() {
    with_options(
        rig::quick(),
        |options| options.admin_token = Some(AdminToken::new("s3cret")),
        |api, server| async move {
            let kill = |token: Option<&str>| {
                let path = "/api/v1/actors/tropa/intake/kill";
                let request = api.request("POST", path).header("content-type", "application/json");
                let request = token.into_iter().fold(request, |r, token| r.header("authorization", token));
                api.send(request, r#"{"reason":"test"}"#)
            };
            let refused = kill(None).await;
            refused.problem(401, "unauthorized");
            assert_eq!(refused.header("www-authenticate"), "Bearer");
            kill(Some("Bearer wrong")).await.problem(401, "unauthorized");
            assert_eq!(api.get("/api/v1/actors/tropa/intake").await.json()["epoch"], 1);
            assert_eq!(kill(Some("Bearer s3cret")).await.status, 202);
            let letters = api.post("/api/v1/dead-letters/operations", r#"{"action":"replay"}"#).await;
            letters.problem(401, "unauthorized");
            server.stop().await;
        },
    );
}

#[test]
fn a_page_from_elsewhere_may_not() {
    with(|api| async move {
        let request = api.request("POST", "/api/v1/actors/tropa/intake/kill");
        let request =
            request.header("content-type", "application/json").header("origin", "https://evil.example");
        api.send(request, r#"{"reason":"x"}"#).await.problem(403, "foreign-origin");
    });
}

#[test]
fn an_actor_is_known_by_what_it_was_like() {
    with(|api| async move {
        api.create("a").await;
        api.post("/api/v1/actors/tropa/intake/panic", r#"{"reason":"test"}"#).await;
        rig::until("the exit is remembered", async || {
            let history = api.get("/api/v1/actors/tropa/intake/history").await.json();
            history["exits"][0]["kind"] == "panic"
        })
        .await;
        let history = api.get("/api/v1/actors/tropa%2Fintake/history?instance=rig").await.json();
        assert_eq!((&history["step_ms"], &history["exits"][0]["epoch"]), (&json!(5_000), &json!(1)));
        let at = history["exits"][0]["at"].as_str().unwrap();
        assert!(at.starts_with("20") && at.ends_with('Z'), "{at}");
        assert!(history["samples"].is_array());
        let submits = history["messages"].as_array().unwrap().iter().find(|m| m["message"] == "Submit");
        assert_eq!(submits.unwrap()["handled"], 1, "{history}");
        api.get("/api/v1/actors/tropa/nobody/history").await.problem(404, "not-found");
        api.get("/api/v1/actors/tropa/intake/history?instance=nobody").await.problem(404, "not-found");
        api.post("/api/v1/actors/tropa/intake/history", "").await.problem(405, "method-not-allowed");
    });
}

#[test]
fn what_a_command_would_do_is_said_beforehand() {
    with(|api| async move {
        let effects = async |path: &str, verb: &str| {
            let effects = api.get(&format!("/api/v1/actors/{path}/effects")).await.json();
            let verbs = effects["verbs"].as_array().unwrap().clone();
            verbs.into_iter().find(|effect| effect["verb"] == verb).unwrap()
        };
        let kill = effects("tropa/intake", "kill").await;
        let expected = json!({
            "verb": "kill", "allowed": true, "text_key": "replaced", "restarts_left": 5, "window_ms": null,
            "fails": false, "failing": null, "takes_down": [], "queued": 0,
        });
        assert_eq!(kill, expected);
        assert_eq!(effects("tropa/intake", "resume").await["allowed"], json!(false));
        // What is built on the breaker falls with it.
        let down = effects("tropa/dispatch/breaker", "kill").await["takes_down"].clone();
        assert!(down.as_array().unwrap().contains(&json!("/tropa/dispatch/idempotency-guard")), "{down}");
        let all = api.get("/api/v1/actors/tropa/effects").await.json();
        assert_eq!((&all["supervisor"], &all["epoch"]), (&json!(null), &json!(1)));
        let tree = api.get("/api/v1/actors/tropa").await.json();
        assert_eq!((&tree["budget_max"], &tree["budget_within_ms"]), (&json!(5), &json!(60_000)));
        api.get("/api/v1/actors/tropa/nobody/effects").await.problem(404, "not-found");
    });
}

#[test]
fn an_actor_is_slowed_and_a_thread_blocked_for_a_while() {
    with(|api| async move {
        let slow = "/api/v1/actors/tropa/reader/slow";
        assert_eq!(api.post(slow, r#"{"reason":"test"}"#).await.fields(), ["delay_ms", "for_ms"]);
        let wrong = api.post("/api/v1/actors/tropa/reader/kill", r#"{"reason":"test","for_ms":1}"#).await;
        assert_eq!(wrong.fields(), ["for_ms"]);
        let sent = api.post(slow, r#"{"reason":"test","delay_ms":400,"for_ms":2000}"#).await;
        assert_eq!((sent.status, &sent.json()["command"]), (202, &json!("slow")));
        let begun = std::time::Instant::now();
        assert_eq!(api.get("/api/v1/orders").await.status, 200);
        assert!(begun.elapsed().as_millis() >= 400, "{:?}", begun.elapsed());
        rig::until("it recovers by itself", async || {
            let asked = std::time::Instant::now();
            assert_eq!(api.get("/api/v1/orders").await.status, 200);
            asked.elapsed().as_millis() < 300
        })
        .await;
        let block = "/api/v1/actors/tropa/journal/block";
        let long = api.post(block, r#"{"reason":"test","for_ms":30001}"#).await;
        assert_eq!(long.fields(), ["for_ms"]);
        assert_eq!(api.post(block, r#"{"reason":"test","for_ms":700}"#).await.status, 202);
        let begun = std::time::Instant::now();
        assert_eq!(api.create("behind").await.status, 201);
        rig::until("the journal goes on", async || {
            api.get("/api/v1/actors/tropa/journal").await.json()["state"] == "running"
        })
        .await;
        assert!(begun.elapsed().as_secs() < 10);
        assert_eq!(api.get("/api/v1/actors/tropa/journal").await.json()["epoch"], 1, "too short for a hang");
    });
}

#[test]
fn orders_in_memory_are_shown() {
    with(|api| async move {
        assert_eq!(api.get("/api/v1/aggregates").await.json(), json!([]));
        api.rig.drivers(1).await;
        for id in ["one", "two", "other"] {
            api.create(id).await;
        }
        rig::until("each has an aggregate", async || {
            api.get("/api/v1/aggregates").await.json().as_array().unwrap().len() == 3
        })
        .await;
        let found = api.get("/api/v1/aggregates?id=o&by=depth&instance=all&limit=5").await.json();
        let mut ids: Vec<_> = found.as_array().unwrap().iter().map(|each| each["order_id"].clone()).collect();
        ids.sort_by_key(ToString::to_string);
        assert_eq!(ids, ["one", "other"]);
        let one = &found[0];
        assert_eq!((&one["instance"], &one["mailbox_depth"]), (&json!("rig"), &json!(0)));
        assert!(one["shard"].as_str().unwrap().starts_with("shard-") && one["age_ms"].is_u64(), "{one}");
        assert!(["idle", "working"].contains(&one["state"].as_str().unwrap()), "{one}");
        assert_eq!(api.get("/api/v1/aggregates?by=name&limit=0").await.fields(), ["by", "limit"]);
        api.get("/api/v1/aggregates?instance=nobody").await.problem(404, "not-found");
    });
}
