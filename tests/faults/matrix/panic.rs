//! Actor panic: one actor dies with work in its hands; its supervisor puts another in its place.

use super::flowing;
use crate::{
    checker::Outcome,
    proxy::Flow,
    scene::{LEASE, PATIENCE, Scene, Setting},
};

/// Consumers in the pool, by default.
const CONSUMERS: usize = 4;

/// Has an actor panic; returns once its successor is there.
async fn panic(scene: &Scene, path: &str) {
    let before = scene.epoch(path).await;
    let answer = scene.a().command(path, "panic").await;
    assert!(answer.status < 300, "{answer:?}");
    scene.replaced(path, before, PATIENCE).await;
}

pub async fn accept(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    scene.before_accept().await;
    panic(&scene, "intake").await;
    scene.heal();
    scene.judge().await;
    let died = scene
        .moment()
        .await
        .attempts
        .into_iter()
        .filter(|attempt| matches!(&attempt.outcome, Outcome::Unknown { why } if why.starts_with("500")));
    assert!(died.count() > 0, "inconclusive: nobody was told of the panic");
}

pub async fn outbox(name: &str) {
    // Its rows are taken over by name, not when their lease is over.
    let lease = LEASE * 10;
    let setting = Setting::default().with("TROPA_OUTBOX_LEASE_SECONDS", lease.as_secs());
    let mut scene = flowing(name, setting).await;
    let unmarked = scene.at_outbox().await.seen_and_unmarked();
    panic(&scene, "outbox/relay").await;
    scene.heal();
    let began = std::time::Instant::now();
    scene.all_published(&unmarked, lease / 2).await;
    println!("{name}: taken over and published after {:?}", began.elapsed());
    scene.judge().await;
}

pub async fn consume(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    scene.sees("all consumers", PATIENCE, async || scene.consumers().await.len() == CONSUMERS).await;
    let before = scene.consumers().await;
    scene.at_fleet().await;
    panic(&scene, "dispatch/consumer-pool/consumer-0").await;
    scene.heal();
    scene
        .sees("as many consumers as before", PATIENCE, async || scene.consumers().await.len() == before.len())
        .await;
    assert_eq!(scene.consumers().await, before, "the prefetch");
    scene.judge().await;
}

pub async fn guard(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    let in_hand = scene.at_fleet().await.in_hand();
    panic(&scene, "dispatch/idempotency-guard").await;
    scene.heal();
    super::end_of(&scene, &in_hand, PATIENCE).await;
    scene.judge().await;
}

pub async fn fleet(name: &str) {
    let setting = Setting::default().with("TROPA_FLEET_DEADLINE_SECONDS", 20);
    let mut scene = flowing(name, setting).await;
    scene.a().links.fleet.cut();
    scene.breaker("open").await;
    // A probe goes out, and is held.
    scene.a().links.fleet.to_client(Flow::Hold);
    scene.a().links.fleet.admit();
    scene.breaker("half_open").await;
    scene.reached("a probe is underway", async || scene.a().links.fleet.holding() > 0).await;
    panic(&scene, "dispatch/fleet-client").await;
    scene.heal();
    scene.breaker("closed").await;
    scene.judge().await;
}

pub async fn commit(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    scene.at_commit().await;
    panic(&scene, "journal").await;
    scene.heal();
    scene.judge().await;
}
