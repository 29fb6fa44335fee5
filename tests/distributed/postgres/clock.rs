//! The database's clock, by which all go, is set: eight days ahead, and back.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::private::PrivateServer;
use crate::{
    harness::{ADMIN_TOKEN, Tropa, faked::FakedClock, json as body},
    place::{Place, until},
};

async fn order_by_key(tropa: &Tropa, key: &str) -> String {
    let request =
        http::Request::post(tropa.url() + "/api/v1/orders").header("content-type", "application/json");
    let request = request.header("idempotency-key", key).body(body(&json!({ "price": 100, "tax": 10 })));
    let answer = tropa.send(request.unwrap()).await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?}\n{}", tropa.log());
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn shows(tropa: &Tropa, line: &str) {
    until(tropa, "/metrics", |answer| answer.text.lines().any(|shown| shown == line)).await;
}

/// The next pruner begins with a round, by the clock as it is now.
async fn pruned_anew(tropa: &Tropa) {
    let rounds = |text: &str| {
        text.lines().find_map(|line| line.strip_prefix("tropa_prune_rounds_total ")?.parse().ok())
    };
    let before: f64 = rounds(&tropa.get("/metrics").await.unwrap().text).unwrap();
    let restart = "/api/v1/actors/tropa/outbox/pruner/restart";
    assert_eq!(tropa.post(restart, &json!({ "reason": "test" })).await.unwrap().status, 202);
    until(tropa, "/metrics", |answer| rounds(&answer.text).is_some_and(|rounds| rounds > before)).await;
}

async fn status(tropa: &Tropa, id: &str) -> Value {
    tropa.get(&format!("/api/v1/orders/{id}")).await.unwrap().json()["status"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jump_of_the_databases_clock_forgets_nothing_and_holds_nothing_up() {
    const DEADLINE: Duration = Duration::from_secs(20);
    let server = PrivateServer::new();
    let clock = FakedClock::at(&server.folder().join("clock"));
    server.start_with("", &clock.variables());
    let place = Place::new().await;
    let setup = place.process("one", "intake,relay,worker,fleet").with("DATABASE_URL", server.url());
    let setup = setup.with("TROPA_ADMIN_TOKEN", ADMIN_TOKEN);
    let tropa = setup.with("TROPA_DISPATCH_DEADLINE_SECONDS", DEADLINE.as_secs()).start().await;
    until(&tropa, "/readyz", |answer| answer.status == 200).await;

    let (first, accepted) = (order_by_key(&tropa, "before").await, Instant::now());
    clock.set("+8d");
    shows(&tropa, "tropa_clock_jumps_total{direction=\"forward\"} 1").await;
    pruned_anew(&tropa).await;
    assert_eq!(order_by_key(&tropa, "before").await, first, "eight days later, by the clock");
    let second = order_by_key(&tropa, "meanwhile").await;
    let early = status(&tropa, &first).await;
    assert!(
        early == "PENDING" || accepted.elapsed() > DEADLINE,
        "it has waited for seconds, not days: {early}"
    );

    // What waits now is due in eight days, by the clock that comes.
    clock.set("+0");
    for waits in [&first, &second] {
        let path = format!("/api/v1/orders/{waits}");
        until(&tropa, &path, |answer| answer.json()["status"] == "MANUAL_DISPATCH").await;
    }
    shows(&tropa, "tropa_clock_jumps_total{direction=\"backward\"} 1").await;
    pruned_anew(&tropa).await;
    assert_eq!(order_by_key(&tropa, "before").await, first);
    assert_eq!(order_by_key(&tropa, "meanwhile").await, second);
}
