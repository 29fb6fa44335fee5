//! Taking one of several out of the work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use serde_json::{Value, json};

use super::company::{Company, seen, until};
use crate::harness::Tropa;

/// What became of the orders of a load.
#[derive(Default)]
struct Load {
    accepted: AtomicUsize,
    refused: AtomicUsize,
    done: AtomicBool,
}

impl Load {
    /// Sends orders to one instance until it is done. A refusal of a draining instance is the only one there may be.
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

#[tokio::test(flavor = "multi_thread")]
async fn one_is_drained_under_load_and_the_others_take_over() {
    let company = Company::new().await;
    let tropas = company.start_all(["a", "b", "c"]).await.map(Arc::new);
    let load = Arc::new(Load::default());
    let workers: Vec<_> = (0..6)
        .map(|worker| {
            let (tropa, load) = (tropas[worker % 3].clone(), load.clone());
            tokio::spawn(async move { load.send(&tropa, worker).await })
        })
        .collect();
    until("orders come in", async || load.accepted.load(SeqCst) > 100).await;
    assert_eq!(load.refused.load(SeqCst), 0);

    let [a, b, c] = &tropas;
    let told = a.post("/api/v1/instances/b/drain", &json!({ "reason": "deploy" })).await.unwrap();
    assert_eq!(told.status, 202, "{told:?}");
    until("c sees b drained", async || seen(c, "b").await["phase"] == "drained").await;
    let holds = seen(b, "b").await["holds"].clone();
    assert_eq!(
        [&holds["deliveries"], &holds["outbox_claims"], &holds["leases"]],
        [0, 0, 0].map(Value::from).each_ref()
    );
    assert_eq!(b.get("/readyz").await.unwrap().status, 503);
    let before = load.accepted.load(SeqCst);
    until("the others go on", async || load.accepted.load(SeqCst) > before + 50).await;
    until("b refuses", async || load.refused.load(SeqCst) > 0).await;
    load.done.store(true, SeqCst);
    for worker in workers {
        worker.await.unwrap();
    }

    let accepted = load.accepted.load(SeqCst) as u64;
    until("every order has reached a person", async || {
        let orders = c.get("/api/v1/overview").await.unwrap().json()["orders"].clone();
        let total: u64 = orders.as_object().unwrap().values().filter_map(Value::as_u64).sum();
        assert_eq!(total, accepted, "{orders}");
        orders["manual_dispatch"] == accepted
    })
    .await;
    let told = c.post("/api/v1/instances/b/resume", &json!({})).await.unwrap();
    assert_eq!((told.status, &told.json()["phase"]), (202, &json!("running")), "{told:?}");
    let order = json!({ "id": "again", "price": 1, "tax": 1 });
    assert_eq!(b.post("/api/v1/orders", &order).await.unwrap().status, 201);
}
