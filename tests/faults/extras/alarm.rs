//! The broker's memory alarm: it takes nothing from connections that publish, and says so by silence.

use super::begin;
use crate::{
    matrix::{accepted, end_of},
    scene::{PATIENCE, Scene, Setting},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishing_stalls_and_acknowledgements_flow() {
    if crate::matrix::left_to_chaos("publishing_stalls_and_acknowledgements_flow") {
        return;
    }
    let mut scene = begin(Scene::ours("alarm", Setting::default()).await).await;
    let in_hand = scene.at_fleet().await.in_hand();
    scene.set.rabbitmqctl(&["set_vm_memory_high_watermark", "absolute", "1"]).await;
    let (before, backlog) = (accepted(&scene.moment().await.attempts), scene.backlog().await);
    scene
        .sees("nothing goes out, orders are accepted", PATIENCE, async || {
            scene.backlog().await >= backlog + 20 && accepted(&scene.moment().await.attempts) >= before + 20
        })
        .await;
    let answered = "tropa_consumer_deliveries_total{outcome=\"answered\"}";
    let before = scene.a().metric(answered).await;
    scene.a().links.fleet.heal();
    end_of(&scene, &in_hand, PATIENCE).await;
    assert!(scene.a().metric(answered).await > before, "inconclusive: nothing was in hand");
    scene
        .sees("what was in hand is acknowledged", PATIENCE, async || {
            crate::evidence::depth(&scene, "orders.dispatch").await.1 == 0
        })
        .await;
    scene.set.rabbitmqctl(&["set_vm_memory_high_watermark", "absolute", "1024MB"]).await;
    scene.judge().await;
}
