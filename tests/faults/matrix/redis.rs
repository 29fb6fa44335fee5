//! Redis SIGKILL, empty: Redis dies at a stage and comes back without a single key.

use super::{accepted, end_of, flowing_on_ours};
use crate::{
    owned::Server,
    proxy::End,
    scene::{PATIENCE, Scene, Setting},
};

async fn kill(scene: &Scene) {
    scene.set.kill(Server::Redis).await;
    scene.a().links.redis.end(End::Reset);
    scene.heal();
}

async fn start(scene: &Scene) {
    scene.set.start(Server::Redis).await;
}

async fn setting(name: &str) -> Scene {
    flowing_on_ours(name, Setting::default()).await
}

pub async fn accept(name: &str) {
    let mut scene = setting(name).await;
    kill(&scene).await;
    let before = accepted(&scene.moment().await.attempts);
    scene
        .sees("orders are accepted", PATIENCE, async || {
            accepted(&scene.moment().await.attempts) >= before + 20
        })
        .await;
    assert_eq!(scene.a().tropa().get("/readyz").await.unwrap().status, 200);
    start(&scene).await;
    scene.judge().await;
}

pub async fn outbox(name: &str) {
    let mut scene = setting(name).await;
    kill(&scene).await;
    let before = scene.witness.seen().len();
    scene.sees("messages go out", PATIENCE, async || scene.witness.seen().len() >= before + 20).await;
    start(&scene).await;
    scene.judge().await;
}

pub async fn consume(name: &str) {
    let mut scene = setting(name).await;
    kill(&scene).await;
    let answered = "tropa_consumer_deliveries_total{outcome=\"answered\"}";
    let before = scene.a().metric(answered).await;
    scene
        .sees("deliveries are answered", PATIENCE, async || scene.a().metric(answered).await >= before + 20.0)
        .await;
    start(&scene).await;
    scene.judge().await;
}

pub async fn guard(name: &str) {
    let mut scene = setting(name).await;
    let in_hand = scene.at_fleet().await.in_hand();
    kill(&scene).await;
    let through = "tropa_idempotency_total{outcome=\"leases_unavailable\"}";
    scene.sees("events pass without a lease", PATIENCE, async || scene.a().metric(through).await > 0.0).await;
    start(&scene).await;
    end_of(&scene, &in_hand, PATIENCE).await;
    scene.judge().await;
}

pub async fn fleet(name: &str) {
    let mut scene = setting(name).await;
    let claims = scene.at_fleet().await.claims;
    kill(&scene).await;
    start(&scene).await;
    // Nobody in Redis knows of a claim any more; drivers report, and are found again.
    let orders: Vec<_> = claims.iter().map(|claim| claim.order.clone()).collect();
    end_of(&scene, &orders, PATIENCE * 2).await;
    scene.judge().await;
}

pub async fn commit(name: &str) {
    let mut scene = setting(name).await;
    scene.at_commit().await;
    kill(&scene).await;
    start(&scene).await;
    scene.judge().await;
}
