//! Who did what is written down before they are answered.

use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tropa::http::AdminToken;
use tropa_supervision::{ActorState, ChaosCommand};

use super::api::{Api, with, with_options};
use crate::rig;

/// The lines, oldest first: action, target, subject, outcome.
async fn lines(api: &Api, query: &str) -> Vec<[String; 4]> {
    let request = api.request("GET", &format!("/api/v1/audit{query}"));
    let page = api.send(request.header("authorization", "Bearer viewer-token"), "").await.json();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or("-").to_owned();
    let entries = page["entries"].as_array().unwrap_or_else(|| panic!("{page}")).iter().rev();
    entries.map(|e| ["action", "target", "subject", "outcome"].map(|name| text(e, name))).collect()
}

#[test]
fn what_is_done_and_what_is_refused_leaves_a_line() {
    with_options(
        rig::quick(),
        |options| {
            options.admin_token = Some(AdminToken::new("admin-token"));
            options.viewer_token = Some(AdminToken::new("viewer-token"));
        },
        |api, server| async move {
            api.create("a").await;
            let session = "/api/v1/session";
            api.post(session, r#"{"token":"wrong"}"#).await.problem(401, "unauthorized");
            let opened = api.post(session, r#"{"token":"admin-token","name":"maria"}"#).await;
            let csrf = opened.json()["csrf"].as_str().unwrap().to_owned();
            let cookie = opened.header("set-cookie").split(';').next().unwrap().to_owned();
            let post = async |path: &str, body: &'static str| {
                let request = api.request("POST", path).header("content-type", "application/json");
                api.send(request.header("cookie", &cookie).header("x-csrf-token", &csrf), body).await
            };
            let kill = "/api/v1/actors/tropa/upkeep/waker/kill";
            let killed = post(kill, r#"{"reason":"game day"}"#).await;
            assert_eq!(killed.status, 202, "{killed:?}");
            post(kill, "{}").await.problem(422, "invalid-request");
            api.post(kill, r#"{"reason":"x"}"#).await.problem(401, "unauthorized");
            assert_eq!(post("/api/v1/orders/a/cancel", r#"{"reason":"by phone"}"#).await.status, 200);
            assert_eq!(post("/api/v1/orders", r#"{"id":"b","price":1}"#).await.status, 201);
            post("/api/v1/orders/none/deliver", "").await.problem(404, "not-found");
            // Programs are not written down.
            api.post("/api/v1/orders/b/cancel", "").await;
            let request = api.request("POST", "/api/v1/instances/rig/resume");
            assert_eq!(api.send(request.header("authorization", "Bearer admin-token"), "").await.status, 202);

            let waker = "/tropa/upkeep/waker";
            let expected = [
                ["session.open", "127.0.0.1", "-", "refused"],
                ["session.open", "127.0.0.1", "maria", "done"],
                ["actor.kill", waker, "maria", "accepted"],
                ["actor.kill", waker, "maria", "refused"],
                ["actor.kill", waker, "-", "refused"],
                ["order.cancel", "a", "maria", "done"],
                ["order.create", "b", "maria", "done"],
                ["order.deliver", "none", "maria", "refused"],
                ["instance.resume", "rig", "admin", "accepted"],
            ];
            assert_eq!(lines(&api, "").await, expected);
            assert_eq!(lines(&api, "?action=actor.kill&outcome=accepted").await, expected[2..3]);
            assert_eq!(lines(&api, "?target=a&subject=maria").await, expected[5..6]);
            assert_eq!(lines(&api, "?since=2999-01-01T00:00:00Z").await.len(), 0);
            let request = api.request("GET", "/api/v1/audit?limit=4&action=actor.kill");
            let page = api.send(request.header("authorization", "Bearer viewer-token"), "").await.json();
            let whole = &page["entries"][2];
            assert_eq!((&whole["reason"], &whole["role"]), (&"game day".into(), &"chaos".into()));
            assert_eq!((&whole["instance"], &whole["detail"]), (&"rig".into(), &Value::Null));
            assert_eq!(whole["trace_id"], killed.header("x-trace-id"));
            let told = page["entries"][0]["detail"].as_str().unwrap();
            assert!(told.starts_with("unauthorized: a token is needed"), "{told}");
            assert_eq!(page["next_before"], Value::Null);
            api.get("/api/v1/audit").await.problem(401, "unauthorized");
            server.stop().await;
        },
    );
}

#[test]
fn a_browser_on_this_machine_is_known() {
    with(|api| async move {
        api.create("a").await;
        let cancel = |path: &str| api.request("POST", path).header("sec-fetch-site", "same-origin");
        assert_eq!(api.send(cancel("/api/v1/orders/a/cancel"), "").await.status, 200);
        api.post("/api/v1/orders/a/deliver", "").await.problem(409, "invalid-state-transition");
        assert_eq!(api.post("/api/v1/instances/rig/drain", "").await.status, 202);
        assert_eq!(api.post("/api/v1/instances/rig/resume", "").await.status, 202);
        let page = api.get("/api/v1/audit?limit=2").await.json();
        assert_eq!(page["entries"][0]["action"], "instance.resume");
        let before = page["next_before"].as_u64().unwrap();
        let page = api.get(&format!("/api/v1/audit?limit=2&before={before}")).await.json();
        let entry = &page["entries"][0];
        assert_eq!((&entry["action"], &entry["subject"]), (&"order.cancel".into(), &"local".into()));
        assert_eq!(page["entries"].as_array().unwrap().len(), 1, "the other was no browser's: {page}");
        assert_eq!(
            api.get("/api/v1/audit?since=now&outcome=x&limit=0").await.fields(),
            ["limit", "since", "outcome"]
        );
    });
}

#[test]
fn who_heals_is_not_kept_from_it_by_an_audit_that_cannot_be_written() {
    with(|api| async move {
        let suspend = r#"{"reason":"test"}"#;
        assert_eq!(api.post("/api/v1/actors/tropa/clerk/suspend", suspend).await.status, 202);
        rig::until("it is suspended", async || {
            api.get("/api/v1/actors/tropa/clerk").await.json()["state"] == "suspended"
        })
        .await;
        assert_eq!(api.post("/api/v1/actors/tropa/upkeep/waker/restart", suspend).await.status, 202);
        let metrics = api.get("/metrics").await.text;
        assert!(metrics.contains("tropa_audit_lines_total{outcome=\"unwritten\"} "), "{metrics}");
        assert!(!metrics.contains("tropa_audit_lines_total{outcome=\"unwritten\"} 0"), "{metrics}");
        assert_eq!(api.post("/api/v1/actors/tropa/clerk/resume", suspend).await.status, 202);
    });
}

#[test]
fn who_hangs_up_is_written_down_all_the_same() {
    with(|api| async move {
        let system = &api.rig.handles.system;
        let clerk = "/tropa/clerk";
        for path in [clerk, "/tropa/upkeep/waker"] {
            let runs = async || system.status(path).is_some_and(|actor| actor.state == ActorState::Running);
            rig::until("it runs", runs).await;
        }
        system.command(clerk, None, ChaosCommand::Suspend, "test").unwrap();
        rig::until("nobody writes", async || system.status(clerk).unwrap().state == ActorState::Suspended)
            .await;
        let mut socket = api.connect().await;
        let body = r#"{"reason":"in passing"}"#;
        let request = format!(
            "POST /api/v1/actors/tropa/upkeep/waker/kill HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        rig::until("it is done", async || system.status("/tropa/upkeep/waker").unwrap().epoch == 2).await;
        socket.set_zero_linger().unwrap();
        drop(socket);
        // The server has noticed when nothing of it is open any more.
        tokio::time::sleep(Duration::from_millis(100)).await;
        system.command(clerk, None, ChaosCommand::Resume, "test").unwrap();
        rig::until("it is written", async || {
            lines(&api, "").await.iter().any(|line| line[0] == "actor.kill" && line[3] == "accepted")
        })
        .await;
    });
}
