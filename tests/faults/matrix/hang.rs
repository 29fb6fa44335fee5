//! Actor hang: one actor handles nothing any more; it is fenced and replaced, and what it still does comes to nothing.

use std::time::Duration;

use super::flowing;
use crate::{
    checker::Outcome,
    scene::{Scene, Setting},
};

/// A hang is seen after 10 s.
const SEEN_WITHIN: Duration = Duration::from_secs(25);

/// Hangs an actor; returns once its successor is there.
async fn hang(scene: &Scene, path: &str) {
    let before = scene.epoch(path).await;
    let answer = scene.a().command(path, "hang").await;
    assert!(answer.status < 300, "{answer:?}");
    scene.replaced(path, before, SEEN_WITHIN).await;
}

pub async fn accept(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    hang(&scene, "intake").await;
    scene.judge().await;
    let told = scene
        .moment()
        .await
        .attempts
        .into_iter()
        .filter(|attempt| matches!(&attempt.outcome, Outcome::Unknown { why } if why.starts_with("503")));
    assert!(told.count() > 0, "inconclusive: nobody was told to come again");
}

pub async fn outbox(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    let unmarked = scene.at_outbox().await.seen_and_unmarked();
    hang(&scene, "outbox/relay").await;
    scene.heal();
    scene.all_published(&unmarked, SEEN_WITHIN).await;
    scene.judge().await;
}

/// Hangs one of those that carry deliveries, with deliveries in hand.
async fn with_deliveries_in_hand(name: &str, path: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    let in_hand = scene.at_fleet().await.in_hand();
    hang(&scene, path).await;
    scene.heal();
    super::end_of(&scene, &in_hand, SEEN_WITHIN).await;
    scene.judge().await;
}

pub async fn consume(name: &str) {
    with_deliveries_in_hand(name, "dispatch/consumer-pool/consumer-0").await;
}

pub async fn guard(name: &str) {
    with_deliveries_in_hand(name, "dispatch/idempotency-guard").await;
}

pub async fn fleet(name: &str) {
    with_deliveries_in_hand(name, "dispatch/fleet-client").await;
}

pub async fn commit(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    scene.at_commit().await;
    hang(&scene, "journal").await;
    scene.heal();
    scene.judge().await;
}
