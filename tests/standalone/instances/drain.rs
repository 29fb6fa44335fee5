//! Taking an instance out of the work, and putting it back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use serde_json::{Value, json};
use tropa::http::AdminToken;
use tropa_dispatch::domain::Status;

use crate::harness::{Setup, Tropa};
use crate::http::api::{Api, with, with_options};
use crate::rig::{self, until};

async fn phase(api: &Api) -> Value {
    api.get("/api/v1/instances/rig").await.json()["phase"].clone()
}

async fn drained(api: &Api) {
    let told = api.post("/api/v1/instances/rig/drain", r#"{"reason":"test"}"#).await;
    assert_eq!((told.status, &told.json()["id"]), (202, &json!("rig")));
    until("it is drained", async || phase(api).await == "drained").await;
}

async fn pending(api: &Api) -> Value {
    api.get("/api/v1/outbox").await.json()["pending"].clone()
}

async fn actor(api: &Api, path: &str) -> Value {
    api.get(&format!("/api/v1/actors/tropa/{path}")).await.json()
}

#[test]
fn a_drained_instance_takes_nothing_and_lives() {
    with(|api| async move {
        api.rig.drivers(1).await;
        drained(&api).await;
        let refused = api.create("a").await;
        refused.problem(503, "draining");
        assert_eq!(refused.header("retry-after"), "2");
        api.get("/readyz").await.problem(503, "draining");
        assert_eq!(api.get("/livez").await.status, 200);
        assert_eq!(api.count().await, 0);
        // Told twice, it is drained all the same.
        drained(&api).await;
        let told = api.post("/api/v1/instances/rig/resume", "").await;
        assert_eq!((told.status, &told.json()["phase"]), (202, &json!("running")));
        assert_eq!(api.get("/readyz").await.status, 200);
        assert_eq!(api.create("a").await.status, 201);
        api.rig.reaches("a", Status::Dispatched).await;
    });
}

#[test]
fn who_is_started_again_while_it_drains_stays_drained() {
    with(|api| async move {
        api.rig.drivers(1).await;
        api.create("before").await;
        api.rig.reaches("before", Status::Dispatched).await;
        drained(&api).await;
        // Its event is in the outbox, where nobody may take it from.
        assert_eq!(api.post("/api/v1/orders/before/cancel", "").await.status, 200);
        let waiting = pending(&api).await;
        assert_ne!(waiting, 0);
        let killed = ["dispatch/consumer-pool/consumer-0", "outbox/relay", "intake", "registrar"];
        for path in killed {
            let kill = format!("/api/v1/actors/tropa/{path}/kill");
            assert_eq!(api.post(&kill, r#"{"reason":"test"}"#).await.status, 202);
            until("its successor runs", async || {
                let actor = actor(&api, path).await;
                actor["epoch"] == 2 && actor["state"] == "running"
            })
            .await;
        }
        until("the consumer says why it rests", async || {
            actor(&api, killed[0]).await["condition"] == "drained"
        })
        .await;
        api.create("a").await.problem(503, "draining");
        assert_eq!(phase(&api).await, "drained");
        assert_eq!(pending(&api).await, waiting, "somebody works");
        api.post("/api/v1/instances/rig/resume", "").await;
        until("an order is taken", async || api.create("a").await.status < 300).await;
        api.rig.reaches("a", Status::Dispatched).await;
        assert_eq!(actor(&api, killed[0]).await["condition"], Value::Null);
        until("what waited is relayed", async || pending(&api).await == 0).await;
    });
}

#[test]
fn only_an_operator_may() {
    with_options(
        rig::quick(),
        |options| options.admin_token = Some(AdminToken::new("s3cret")),
        |api, server| async move {
            for verb in ["drain", "resume"] {
                let path = format!("/api/v1/instances/rig/{verb}");
                api.post(&path, "").await.problem(401, "unauthorized");
            }
            assert_eq!(api.create("a").await.status, 201);
            server.stop().await;
        },
    );
}

/// What became of the orders of a load.
#[derive(Default)]
struct Load {
    accepted: AtomicUsize,
    refused: AtomicUsize,
    done: AtomicBool,
}

impl Load {
    /// Sends orders one after the other until it is done. A refusal of a draining instance is the only one there may be.
    async fn send(&self, tropa: &Tropa, worker: usize) {
        for n in 0.. {
            if self.done.load(SeqCst) {
                return;
            }
            let order = json!({ "id": format!("o-{worker}-{n}"), "price": "1.00", "tax": "1.00" });
            let answer = tropa.post("/api/v1/orders", &order).await.expect("an answer");
            match answer.status {
                201 => self.accepted.fetch_add(1, SeqCst),
                503 if answer.json()["type"] == "/problems/draining" => self.refused.fetch_add(1, SeqCst),
                _ => panic!("{answer:?}"),
            };
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_under_load_loses_nothing_and_refuses_politely() {
    let data = tempfile::tempdir().unwrap();
    let setup = Setup::on(data.path()).with("TROPA_EXAMPLE_DRIVERS", "false");
    // Nobody is dispatched: each order ends with a person, and can be counted.
    let tropa = Arc::new(setup.with("TROPA_DISPATCH_DEADLINE_SECONDS", "1").start().await);
    let load = Arc::new(Load::default());
    let workers: Vec<_> = (0..16)
        .map(|worker| {
            let (tropa, load) = (tropa.clone(), load.clone());
            tokio::spawn(async move { load.send(&tropa, worker).await })
        })
        .collect();
    until("orders come in", async || load.accepted.load(SeqCst) > 200).await;
    let drain = tropa.post("/api/v1/instances/tropa/drain", &json!({ "reason": "deploy" })).await.unwrap();
    assert_eq!(drain.status, 202, "{drain:?}");
    let instance = async || tropa.get("/api/v1/instances/tropa").await.unwrap().json();
    until("it is drained", async || instance().await["phase"] == "drained").await;
    let holds = instance().await["holds"].clone();
    assert_eq!((&holds["deliveries"], &holds["outbox_claims"]), (&json!(0), &json!(0)), "{holds}");
    let pending = tropa.get("/api/v1/outbox").await.unwrap().json()["pending"].as_u64();
    until("refusals are seen", async || load.refused.load(SeqCst) > 20).await;
    assert_eq!(
        tropa.get("/api/v1/outbox").await.unwrap().json()["pending"].as_u64(),
        pending,
        "it does not work"
    );

    let before = load.accepted.load(SeqCst);
    let resume = tropa.post("/api/v1/instances/tropa/resume", &json!({})).await.unwrap();
    assert_eq!(resume.status, 202, "{resume:?}");
    until("orders come in again", async || load.accepted.load(SeqCst) > before + 50).await;
    load.done.store(true, SeqCst);
    for worker in workers {
        worker.await.unwrap();
    }
    let accepted = load.accepted.load(SeqCst) as u64;
    until("every order has reached a person", async || {
        let orders = tropa.get("/api/v1/overview").await.unwrap().json()["orders"].clone();
        let total: u64 = orders.as_object().unwrap().values().filter_map(Value::as_u64).sum();
        assert_eq!(total, accepted, "{orders}");
        orders["manual_dispatch"] == accepted
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drained_instance_leaves_in_good_order() {
    let data = tempfile::tempdir().unwrap();
    let mut tropa = Tropa::start(data.path()).await;
    assert_eq!(tropa.post("/api/v1/instances/tropa/drain", &json!({})).await.unwrap().status, 202);
    tropa.signal("TERM");
    assert!(tropa.ended(Duration::from_secs(20)).await.success());
}
