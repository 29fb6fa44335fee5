//! One instance's clock is an hour off, both ways, beside one that is right.

use std::{path::PathBuf, process::Command};

use crate::scene::{PATIENCE, Scene, Setting};

/// libfaketime, for the one process alone; installed when it is not there.
fn library() -> PathBuf {
    let tools = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/tools");
    assert!(Command::new(tools).arg("faketime").status().expect("it can be run").success());
    let found = std::fs::read_dir("/usr/lib").expect("a folder").filter_map(Result::ok);
    let places = found.map(|entry| entry.path().join("faketime/libfaketime.so.1"));
    places
        .chain([PathBuf::from("/usr/lib/faketime/libfaketime.so.1")])
        .find(|path| path.exists())
        .expect("libfaketime")
}

async fn an_hour(name: &str, off: &str) {
    let library = library();
    let mut scene = Scene::shared(name, Setting::default()).await;
    let wrong = vec![
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME", off.to_owned()),
        // Durations are right everywhere.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    scene.add_with("wrong", wrong).await;
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
