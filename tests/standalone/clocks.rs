//! A machine whose clock goes wrong, before a start and while Tropa runs: nothing is decided by it, and nothing deleted.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::harness::{
    ADMIN_TOKEN, Answer, Setup, Tropa,
    faked::{self, FakedClock},
    json as body,
};

/// What takes milliseconds is done within this, on a machine busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// Without the drivers that whoever tries it out finds.
fn alone(folder: &Path) -> Setup {
    Setup::on(folder).with("TROPA_ENV", "production").with("TROPA_ADMIN_TOKEN", ADMIN_TOKEN)
}

/// Asks again until the answer is there.
async fn until<T>(tropa: &Tropa, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} does not happen\n{}", tropa.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn metric(tropa: &Tropa, name: &str) -> f64 {
    let text = tropa.get("/metrics").await.map(|answer| answer.text).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok()).unwrap_or_default()
}

/// Orders under a key, without an id: a second order would have another.
async fn order_by_key(tropa: &Tropa, key: &str) -> Answer {
    let request =
        http::Request::post(tropa.url() + "/api/v1/orders").header("content-type", "application/json");
    let request = request.header("idempotency-key", key).body(body(&json!({ "price": 100, "tax": 10 })));
    let answer = tropa.send(request.unwrap()).await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    answer
}

async fn stopped(mut tropa: Tropa) {
    tropa.signal("TERM");
    assert!(tropa.ended(PATIENCE).await.success());
}

/// Everything that may go by this clock has gone.
async fn pruned(tropa: &Tropa) {
    until(tropa, "a round of pruning", async || {
        (metric(tropa, "tropa_prune_rounds_total").await > 0.0).then_some(())
    })
    .await;
}

async fn status(tropa: &Tropa, id: &str) -> Value {
    tropa.get(&format!("/api/v1/orders/{id}")).await.unwrap().json()["status"].clone()
}

/// A dispatch that finds nobody, and waits.
async fn looked_for(tropa: &Tropa) {
    let answered = "tropa_consumer_deliveries_total{outcome=\"answered\"}";
    until(tropa, "a search", async || (metric(tropa, answered).await > 0.0).then_some(())).await;
}

/// Starts on a date that is wrong, and goes back to the right one: a key makes one order, and who waits goes on waiting.
async fn a_start_on_a_wrong_date(off: &str) {
    let folder = tempfile::tempdir().unwrap();
    let right = alone(folder.path());
    let wrong = faked::off(off).iter().fold(right.clone(), |setup, (name, value)| setup.with(name, value));

    let tropa = right.start().await;
    let first = order_by_key(&tropa, "before").await.json();
    looked_for(&tropa).await;
    stopped(tropa).await;

    let tropa = wrong.start().await;
    pruned(&tropa).await;
    assert_eq!(order_by_key(&tropa, "before").await.json()["id"], first["id"], "on the wrong date");
    let second = order_by_key(&tropa, "meanwhile").await.json();
    looked_for(&tropa).await;
    let id = first["id"].as_str().unwrap();
    assert_eq!(status(&tropa, id).await, "PENDING", "it has waited for some seconds\n{}", tropa.log());
    if off.starts_with('+') {
        let held_back = metric(&tropa, "tropa_retention_held_back_seconds").await;
        assert!(held_back > 86_000.0, "{held_back}: it says that rows are kept for longer");
        assert!(tropa.log().contains("nothing is deleted by its date alone"), "{}", tropa.log());
    }
    stopped(tropa).await;

    let tropa = right.start().await;
    pruned(&tropa).await;
    for (key, order) in [("before", &first), ("meanwhile", &second)] {
        assert_eq!(
            order_by_key(&tropa, key).await.json()["id"],
            order["id"],
            "{key}, on the right date again"
        );
    }
    looked_for(&tropa).await;
    assert_eq!(status(&tropa, id).await, "PENDING", "it has still waited for some seconds\n{}", tropa.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_eight_days_ahead_forgets_no_key_and_gives_up_no_order() {
    a_start_on_a_wrong_date("+8d").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_eight_days_behind_forgets_no_key_and_gives_up_no_order() {
    a_start_on_a_wrong_date("-8d").await;
}

/// Sets the clock of a running process: an order is given up at its deadline, not before, not long after.
async fn set_while_it_runs(off: &str, skew: f64) {
    const DEADLINE: Duration = Duration::from_secs(6);
    let folder = tempfile::tempdir().unwrap();
    let clock = FakedClock::at(&folder.path().join("clock"));
    let setup = alone(folder.path()).with("TROPA_DISPATCH_DEADLINE_SECONDS", DEADLINE.as_secs());
    let setup = clock.variables().iter().fold(setup, |setup, (name, value)| setup.with(name, value));
    let tropa = setup.start().await;
    let (first, accepted) = (order_by_key(&tropa, "waits").await.json(), Instant::now());
    looked_for(&tropa).await;
    clock.set(off);
    let id = first["id"].as_str().unwrap();
    let given_up = until(&tropa, "it is given up", async || {
        (status(&tropa, id).await == "MANUAL_DISPATCH").then(|| accepted.elapsed())
    });
    let given_up = given_up.await;
    assert!(given_up + Duration::from_secs(1) >= DEADLINE, "given up after {given_up:?}");
    assert!(given_up < DEADLINE * 4, "given up after {given_up:?}");

    // How old what waits is, is told as before.
    for shard in ["shard-0", "shard-1"] {
        let suspend = format!("/api/v1/actors/tropa/orders/{shard}/suspend");
        assert_eq!(tropa.post(&suspend, &json!({ "reason": "test" })).await.unwrap().status, 202);
    }
    // Its message is published when it is answered, which nobody does.
    order_by_key(&tropa, "not-answered").await;
    let age = "tropa_outbox_oldest_age_seconds";
    until(&tropa, "its age grows", async || (1.0..60.0).contains(&metric(&tropa, age).await).then_some(()))
        .await;

    let shown = until(&tropa, "the skew is shown", async || {
        let shown = tropa.get("/api/v1/instances").await.unwrap().json()[0]["clock"].clone();
        let apart = (shown["skew_ms"].as_f64().unwrap() / 1_000.0 - skew).abs() < 5.0;
        (apart && shown["set"] == true).then_some(shown)
    });
    assert_eq!(shown.await["jumps"], 0, "not followed before it has stood for a minute");
    let measured = metric(&tropa, "tropa_clock_skew_seconds").await;
    assert!((measured - skew).abs() < 5.0, "{measured}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_back_an_hour_holds_nothing_up() {
    set_while_it_runs("-1h", -3_600.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_ahead_an_hour_gives_nothing_up() {
    set_while_it_runs("+1h", 3_600.0).await;
}
