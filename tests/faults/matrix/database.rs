//! Database SIGKILL: PostgreSQL and all its processes die at a stage, and are started again on the same folder.

use std::time::Duration;

use super::{end_of, flowing_on_ours, has_ended};
use crate::{
    owned::Server,
    proxy::End,
    scene::{PATIENCE, Scene, Setting},
};

/// Kills PostgreSQL; whatever of it was still held is lost with it.
async fn kill(scene: &Scene) {
    scene.set.kill(Server::Postgres).await;
    scene.a().links.database.end(End::Reset);
    scene.heal();
}

async fn start(scene: &Scene) {
    scene.set.start(Server::Postgres).await;
}

pub async fn accept(name: &str) {
    let mut scene = flowing_on_ours(name, Setting::default()).await;
    let untold = scene.at_accept().await.stored_and_untold();
    kill(&scene).await;
    for n in 0..3 {
        let answer = scene.create(&format!("while-down-{n}")).await;
        assert_eq!(answer.status, 503, "{answer:?}");
    }
    assert_eq!(scene.a().tropa().get("/livez").await.unwrap().status, 200, "liveness asks no dependency");
    assert_eq!(scene.a().tropa().get("/readyz").await.unwrap().status, 503, "it can take no order");
    start(&scene).await;
    scene.judge().await;
    let attempts = scene.moment().await.attempts;
    assert!(untold.iter().all(|id| super::was_accepted(&attempts, id)), "a retry did not get its order");
    assert_eq!(scene.a().tropa().get("/readyz").await.unwrap().status, 200);
}

pub async fn outbox(name: &str) {
    let mut scene = flowing_on_ours(name, Setting::default()).await;
    let unmarked = scene.at_outbox().await.seen_and_unmarked();
    kill(&scene).await;
    start(&scene).await;
    scene.all_published(&unmarked, PATIENCE).await;
    let verdict = scene.judge().await;
    assert_eq!(verdict.redelivered, verdict.suppressed, "{verdict}");
}

pub async fn consume(name: &str) {
    let mut scene = flowing_on_ours(name, Setting::default()).await;
    let in_hand = scene.at_fleet().await.in_hand();
    let nacks = "tropa_consumer_deliveries_total{outcome=\"requeued\"}";
    let before = scene.a().metric(nacks).await;
    kill(&scene).await;
    // Long enough for a storm: a nack loop makes thousands a second.
    scene
        .sees("deliveries wait in hand", PATIENCE, async || {
            scene.a().metric("tropa_consumer_in_flight").await >= 1.0
        })
        .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let during = scene.a().metric(nacks).await - before;
    assert!(
        during <= in_hand.len() as f64 + 50.0,
        "{during} deliveries were given back while the database was away"
    );
    start(&scene).await;
    end_of(&scene, &in_hand, PATIENCE).await;
    scene.judge().await;
}

pub async fn guard(name: &str) {
    let mut scene = flowing_on_ours(name, Setting::default()).await;
    let in_hand = scene.at_fleet().await.in_hand();
    let acks = "tropa_consumer_deliveries_total{outcome=\"suppressed\"}";
    let before = scene.a().metric(acks).await;
    kill(&scene).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(scene.a().metric(acks).await <= before, "acknowledged without having asked the inbox");
    start(&scene).await;
    end_of(&scene, &in_hand, PATIENCE).await;
    scene.judge().await;
}

pub async fn fleet(name: &str) {
    let mut scene = flowing_on_ours(name, Setting::default()).await;
    let claims = scene.at_fleet().await.claims;
    kill(&scene).await;
    start(&scene).await;
    scene.judge().await;
    let after = scene.moment().await.committed;
    assert!(claims.iter().all(|claim| has_ended(&after, &claim.order)));
}

pub async fn commit(name: &str) {
    let mut scene = flowing_on_ours(name, Setting::default()).await;
    scene.at_commit().await;
    kill(&scene).await;
    start(&scene).await;
    scene.judge().await;
}
