//! One instance's clock is an hour off, both ways, beside one that is right.

use crate::{
    harness::faked,
    scene::{PATIENCE, Scene, Setting},
};

async fn an_hour(name: &str, off: &str) {
    let mut scene = Scene::shared(name, Setting::default()).await;
    scene.add_with("wrong", faked::off(off)).await;
    scene.under_load();
    scene.flowing().await;
    let wrong = &scene.instances[1];
    let answered = "tropa_consumer_deliveries_total{outcome=\"answered\"}";
    scene.sees("the wrong one works too", PATIENCE, async || wrong.metric(answered).await >= 20.0).await;
    // It dies with what it holds; the other one takes it over although its times are an hour away.
    scene.instances[1].kill().await;
    scene.aim();
    scene.flowing().await;
    scene.judge().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_may_be_an_hour_fast() {
    if crate::matrix::left_to_chaos("a_clock_may_be_an_hour_fast") {
        return;
    }
    an_hour("clock-fast", "+1h").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_may_be_an_hour_slow() {
    if crate::matrix::left_to_chaos("a_clock_may_be_an_hour_slow") {
        return;
    }
    an_hour("clock-slow", "-1h").await;
}
