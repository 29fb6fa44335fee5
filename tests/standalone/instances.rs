//! Instances: who there is, telling one something, and taking one out of the work.

mod drain;
mod two;

use serde_json::json;

use crate::cli::tropa;
use crate::harness::Tropa;
use crate::http::api::with;
use crate::rig::until;

#[test]
fn an_instance_says_what_it_is_and_holds() {
    with(|api| async move {
        let mut all = api.get("/api/v1/instances").await.json();
        assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
        until("the breaker has said how it is", async || {
            all = api.get("/api/v1/instances").await.json();
            all[0]["breakers"] != json!([])
        })
        .await;
        let me = &all[0];
        assert_eq!(
            (&me["id"], &me["state"], &me["phase"]),
            (&json!("rig"), &json!("live"), &json!("running"))
        );
        assert_eq!(
            (&me["here"], &me["mode"], &me["pid"]),
            (&json!(true), &json!("standalone"), &json!(std::process::id()))
        );
        assert_eq!(me["breakers"], json!([{"name": "fleet", "state": "closed"}]));
        assert_eq!(me["holds"]["deliveries"], 0);
        assert_eq!(api.get("/api/v1/instances/rig").await.json()["boot"], me["boot"]);
        api.get("/api/v1/instances/nobody").await.problem(404, "not-found");
    });
}

#[test]
fn actors_are_asked_for_by_instance() {
    with(|api| async move {
        let own = api.get("/api/v1/actors").await.json();
        assert!(own.as_array().unwrap().iter().all(|actor| actor["instance"] == "rig"), "{own}");
        for query in ["instance=rig", "instance=all"] {
            let same = api.get(&format!("/api/v1/actors?{query}")).await.json();
            assert_eq!(same.as_array().unwrap().len(), own.as_array().unwrap().len());
        }
        assert_eq!(api.get("/api/v1/actors/tropa/intake?instance=rig").await.json()["path"], "/tropa/intake");
        api.get("/api/v1/actors?instance=nobody").await.problem(404, "not-found");
        assert_eq!(api.get("/api/v1/actors?of=rig").await.fields(), ["of"]);
    });
}

#[test]
fn a_command_reaches_the_instance_it_names_and_no_other() {
    with(|api| async move {
        let kill = |instance: &str| format!("/api/v1/actors/tropa/intake/kill?instance={instance}");
        let reason = r#"{"reason":"test","epoch":1}"#;
        api.post(&kill("nobody"), reason).await.problem(404, "not-found");
        assert_eq!(api.get("/api/v1/actors/tropa/intake").await.json()["epoch"], 1);
        let sent = api.post(&kill("rig"), reason).await;
        assert_eq!((sent.status, &sent.json()["actor"]["instance"]), (202, &json!("rig")));
        until("the next intake runs", async || {
            api.get("/api/v1/actors/tropa/intake?instance=rig").await.json()["epoch"] == 2
        })
        .await;
        api.post(&kill("rig"), reason).await.problem(409, "stale-epoch");
        api.post("/api/v1/instances/nobody/drain", "").await.problem(404, "not-found");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_lists_drains_and_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let server = Tropa::start(folder.path()).await;
    let url = server.url();
    let run = async |arguments: &[&str]| {
        tropa(folder.path(), &[("TROPA_URL", &url)], &[&["instances"], arguments].concat()).await
    };
    assert_eq!(run(&["drain", "tropa", "--reason", "deploy"]).await.done(), "tropa is draining\n");
    until("it is drained", async || run(&["show", "tropa"]).await.done().contains("drained")).await;
    let list = run(&["list"]).await.done();
    let line: Vec<_> = list.lines().nth(1).unwrap().split_whitespace().take(3).collect();
    assert_eq!(line, ["tropa", "live", "drained"], "{list}");
    assert!(run(&["show", "tropa"]).await.done().contains(&url), "where it is reached");
    assert_eq!(run(&["resume", "tropa"]).await.done(), "tropa is running\n");
    assert_eq!(run(&["drain", "nobody"]).await.code, Some(1));
    let restart = ["actors", "restart", "tropa/reader", "--instance", "tropa"];
    tropa(folder.path(), &[("TROPA_URL", &url)], &restart).await.done();
}
