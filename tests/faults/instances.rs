//! Three instances under load, one of them killed every few seconds.

use std::time::{Duration, Instant};

use crate::{
    load::Mix,
    matrix,
    scene::{LEASE, PATIENCE, Scene, Setting},
};

/// From one death to the next.
const BETWEEN: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_instances_lose_one_every_few_seconds_and_nothing_else() {
    if matrix::left_to_chaos("three_instances_lose_one_every_few_seconds_and_nothing_else") {
        return;
    }
    let time = Duration::from_secs(if matrix::all() { 180 } else { 30 });
    let mut scene =
        Scene::shared("instances", Setting { drivers: 300, ..Setting::of(&["a", "b", "c"]) }).await;
    scene.under(30.0, Mix::USUAL);
    scene.flowing().await;
    let (began, mut kills, mut hits) = (Instant::now(), 0, 0);
    while began.elapsed() < time {
        let victim = scene.random.usize(0..scene.instances.len());
        let in_flight = scene.load.in_flight();
        let underway = scene.moment().await.in_hand();
        scene.instances[victim].kill().await;
        let died = Instant::now();
        scene.aim();
        kills += 1;
        hits += usize::from(in_flight + underway.len() > 0);
        let owner = scene.instances[victim].name.clone();
        let held = format!(
            "SELECT count(*) FROM outbox_pending WHERE owner LIKE '{owner}%' AND due_at <= clock_timestamp()"
        );
        // Nobody has the dead one's name yet: only the lease gives its rows and deliveries to the others.
        scene
            .sees("the others hold what the dead one held", LEASE * 3 + PATIENCE / 3, async || {
                scene.database.count(&held).await == 0
            })
            .await;
        matrix::end_of(&scene, &underway, PATIENCE).await;
        println!(
            "instances: {owner} died with {} in hand, taken over after {:?}",
            underway.len(),
            died.elapsed()
        );
        scene.instances[victim].start().await;
        scene.aim();
        tokio::time::sleep(BETWEEN.saturating_sub(died.elapsed())).await;
    }
    let verdict = scene.judge().await;
    println!("instances: {kills} deaths, {hits} of them with work underway; {verdict}");
    assert!(hits >= 3, "inconclusive: {hits} of {kills} deaths hit anything");
}
