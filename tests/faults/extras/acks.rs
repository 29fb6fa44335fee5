//! Acknowledgements that come twice, or too late.

use super::{begin, flowing};
use crate::scene::{PATIENCE, Scene, Setting};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_double_ack_costs_a_channel_and_no_order() {
    if crate::matrix::left_to_chaos("a_double_ack_costs_a_channel_and_no_order") {
        return;
    }
    let mut scene = flowing("double-ack").await;
    scene.sees("the broker's statistics", PATIENCE, async || !scene.consumers().await.is_empty()).await;
    let before = scene.consumers().await;
    for round in 0..3 {
        scene.a().links.broker.ack_twice();
        scene
            .reached("an acknowledgement goes out twice", async || scene.a().links.broker.acked_twice())
            .await;
        scene.flowing().await;
        println!("double-ack: round {round}");
    }
    scene.sees("all consumers are there", PATIENCE, async || scene.consumers().await == before).await;
    scene.judge().await;
}

/// Sets how long the broker waits for an acknowledgement, and how often it looks.
async fn patience(scene: &Scene, timeout_ms: u32, look_ms: u32) {
    for (key, value) in [("consumer_timeout", timeout_ms), ("channel_tick_interval", look_ms)] {
        scene.set.rabbitmqctl(&["eval", &format!("application:set_env(rabbit, {key}, {value}).")]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_ack_costs_a_channel_and_no_order() {
    if crate::matrix::left_to_chaos("a_late_ack_costs_a_channel_and_no_order") {
        return;
    }
    let scene = Scene::ours("ack-timeout", Setting::default()).await;
    patience(&scene, 2_000, 500).await;
    // Consumers that were there before keep the patience of before.
    let mut scene = begin(scene).await;
    scene.a().links.broker.end(crate::proxy::End::Cut);
    scene.flowing().await;
    let in_hand = scene.at_fleet().await.in_hand();
    scene
        .sees("the broker has run out of patience", PATIENCE, async || {
            scene.redelivered().await > 0 || scene.a().log().contains("timeout")
        })
        .await;
    patience(&scene, 1_800_000, 60_000).await;
    scene.heal();
    crate::matrix::end_of(&scene, &in_hand, PATIENCE).await;
    scene.judge().await;
}
