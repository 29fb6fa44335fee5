//! Broker SIGKILL: RabbitMQ dies at a stage, and is started again on the same folder.

use super::{accepted, end_of, flowing_on_ours};
use crate::{
    owned::Server,
    proxy::End,
    scene::{PATIENCE, Scene, Setting},
};

/// Deaths at most until one was seen that left a confirm unknown.
const ROUNDS: usize = 4;

/// RabbitMQ 3.10 writes the names of its quorum queues to disk with a delay: killed before that, a queue of seconds ago
/// comes back without a leader, for good. These cells are about messages, so the names are written first.
async fn begun(name: &str, setting: Setting) -> Scene {
    let scene = flowing_on_ours(name, setting).await;
    scene.set.rabbitmqctl(&["eval", "dets:sync(ra_directory_reverse)."]).await;
    scene
}

async fn kill(scene: &Scene) {
    scene.set.kill(Server::Rabbitmq).await;
    scene.a().links.broker.end(End::Reset);
    scene.heal();
}

async fn start(scene: &Scene) {
    scene.set.start(Server::Rabbitmq).await;
}

pub async fn accept(name: &str) {
    let mut scene = begun(name, Setting::default()).await;
    kill(&scene).await;
    let (before, backlog) = (accepted(&scene.moment().await.attempts), scene.backlog().await);
    scene
        .sees("orders are accepted, and wait in the outbox", PATIENCE, async || {
            scene.backlog().await >= backlog + 20 && accepted(&scene.moment().await.attempts) >= before + 20
        })
        .await;
    assert_eq!(scene.a().tropa().get("/readyz").await.unwrap().status, 200, "the outbox absorbs");
    start(&scene).await;
    scene.judge().await;
}

pub async fn outbox(name: &str) {
    let mut scene = begun(name, Setting::default()).await;
    // When it dies before it has written what the witness saw, nothing comes twice, and nothing was tested.
    for _ in 0..ROUNDS {
        let unmarked = scene.at_outbox().await.seen_and_unmarked();
        kill(&scene).await;
        start(&scene).await;
        scene.all_published(&unmarked, PATIENCE).await;
        if scene.witness.times().values().any(|times| *times > 1) {
            break;
        }
        scene.flowing().await;
    }
    let verdict = scene.judge().await;
    assert!(verdict.redelivered > 0, "inconclusive: no confirm was unknown");
    assert_eq!(verdict.redelivered, verdict.suppressed, "{verdict}");
}

pub async fn consume(name: &str) {
    let mut scene = begun(name, Setting::default()).await;
    scene.sees("the broker's statistics", PATIENCE, async || scene.consumers().await.len() == 4).await;
    let before = scene.consumers().await;
    let in_hand = scene.at_fleet().await.in_hand();
    kill(&scene).await;
    start(&scene).await;
    scene.sees("all consumers subscribe again", PATIENCE, async || scene.consumers().await == before).await;
    end_of(&scene, &in_hand, PATIENCE).await;
    scene.judge().await;
}

pub async fn guard(name: &str) {
    let mut scene = begun(name, Setting::default()).await;
    let in_hand = scene.at_fleet().await.in_hand();
    kill(&scene).await;
    start(&scene).await;
    end_of(&scene, &in_hand, PATIENCE).await;
    scene.judge().await;
}

pub async fn fleet(name: &str) {
    let mut scene = begun(name, Setting::default()).await;
    let claims = scene.at_fleet().await.claims;
    kill(&scene).await;
    let orders: Vec<_> = claims.iter().map(|claim| claim.order.clone()).collect();
    end_of(&scene, &orders, PATIENCE).await;
    start(&scene).await;
    scene.judge().await;
}

pub async fn commit(name: &str) {
    let mut scene = begun(name, Setting::default()).await;
    let committed = scene.at_commit().await.in_state("DISPATCHED");
    // Committed, and not acknowledged: the broker dies with it.
    kill(&scene).await;
    start(&scene).await;
    scene
        .sees("what was not acknowledged comes again", PATIENCE, async || scene.redelivered().await > 0)
        .await;
    scene.judge().await;
    scene.dispatched_once(&committed).await;
}
