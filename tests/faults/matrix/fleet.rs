//! Fleet down or slow: the fleet service refuses, or hears and says nothing.

use super::{accepted, end_of, flowing};
use crate::{
    proxy::Flow,
    scene::{PATIENCE, Scene, Setting},
};

/// What a call may take in these tests, in seconds.
const DEADLINE_S: &str = "0.5";

fn impatient() -> Setting {
    Setting::default().with("TROPA_FLEET_DEADLINE_SECONDS", DEADLINE_S)
}

/// Refuses every call; returns when the breaker has opened.
async fn down(scene: &Scene) {
    scene.a().links.fleet.cut();
    scene.breaker("open").await;
}

async fn back(scene: &Scene) {
    scene.heal();
    scene.breaker("closed").await;
}

pub async fn accept(name: &str) {
    let mut scene = flowing(name, impatient()).await;
    down(&scene).await;
    let before = accepted(&scene.moment().await.attempts);
    scene
        .sees("orders are accepted", PATIENCE, async || {
            accepted(&scene.moment().await.attempts) >= before + 20
        })
        .await;
    back(&scene).await;
    scene.judge().await;
}

pub async fn outbox(name: &str) {
    let mut scene = flowing(name, impatient()).await;
    scene.a().links.fleet.to_client(Flow::Hold);
    scene.breaker("open").await;
    let before = scene.witness.seen().len();
    scene.sees("messages go out", PATIENCE, async || scene.witness.seen().len() >= before + 20).await;
    back(&scene).await;
    scene.judge().await;
}

pub async fn consume(name: &str) {
    let mut scene = flowing(name, impatient()).await;
    down(&scene).await;
    // Longer than all tries with their back-off would take: who spends them on a closed door is parked by now.
    let wait = "SELECT count(*) FROM outbox_pending WHERE wait_reason = 'fleet'";
    scene.sees("orders wait for the fleet", PATIENCE, async || scene.database.count(wait).await >= 20).await;
    let waiting = scene.moment().await.in_state("PENDING");
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert_eq!(scene.database.count("SELECT count(*) FROM dead_letters").await, 0, "attempts were spent");
    back(&scene).await;
    end_of(&scene, &waiting, PATIENCE).await;
    scene.judge().await;
    // A call that failed is a failure; a wait for the breaker is none, however many there were.
    let spent = "SELECT coalesce(max((payload::jsonb->>'failures')::bigint), 0) FROM outbox
                 WHERE topic = 'orders.dispatch_requested'";
    let spent = scene.database.count(spent).await;
    assert!(spent <= 1, "{spent} failures of one order");
}

pub async fn guard(name: &str) {
    let mut scene = flowing(name, impatient()).await;
    down(&scene).await;
    scene
        .sees("nothing is in hand: what waits, waits in the outbox", PATIENCE, async || {
            scene.a().metric("tropa_consumer_in_flight").await == 0.0
        })
        .await;
    back(&scene).await;
    scene.judge().await;
}

pub async fn fleet(name: &str) {
    let setting = impatient().with("TROPA_BREAKER_OPEN_SECONDS", 2);
    let mut scene = flowing(name, setting).await;
    scene.a().links.fleet.to_client(Flow::Hold);
    scene.breaker("open").await;
    let calls = "tropa_fleet_search_duration_seconds_count";
    // What was underway when it opened comes to its deadline.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let before = scene.a().metric(calls).await;
    tokio::time::sleep(std::time::Duration::from_secs(7)).await;
    let probes = scene.a().metric(calls).await - before;
    // Open for 2 s, then at most three probes, which take half a second: three rounds in 7 s, four at most.
    assert!((1.0..=12.0).contains(&probes), "{probes} calls through an open breaker");
    back(&scene).await;
    scene.judge().await;
}

pub async fn commit(name: &str) {
    let setting = impatient().with("TROPA_FALLBACK_AFTER_SECONDS", 2);
    let mut scene = flowing(name, setting).await;
    down(&scene).await;
    let manual = "SELECT count(*) FROM orders WHERE manual_reason = 'fleet_unavailable'";
    scene.sees("orders wait for a person", PATIENCE, async || scene.database.count(manual).await >= 10).await;
    back(&scene).await;
    // Those are sent back through dispatch.
    scene
        .sees("they are dispatched after all", PATIENCE, async || scene.database.count(manual).await == 0)
        .await;
    scene.judge().await;
}
