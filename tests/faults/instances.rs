//! Three instances under load, one of them killed every few seconds.

use std::time::{Duration, Instant};

use crate::{
    load::Mix,
    matrix,
    proxy::Flow,
    scene::{LEASE, PATIENCE, Scene, Setting},
};

/// From one death to the next.
const BETWEEN: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_instances_lose_one_every_few_seconds_and_nothing_else() {
    let time = Duration::from_secs(if matrix::all() { 180 } else { 30 });
    let mut scene =
        Scene::shared("instances", Setting { drivers: 500, ..Setting::of(&["a", "b", "c"]) }).await;
    scene.under(40.0, Mix::STEADY);
    scene.flowing().await;
    let (began, mut kills) = (Instant::now(), 0);
    while began.elapsed() < time {
        let victim = scene.random.usize(0..scene.instances.len());
        let underway = with_work_in_hand(&mut scene, victim).await;
        scene.instances[victim].kill().await;
        let died = Instant::now();
        scene.heal();
        scene.aim();
        kills += 1;
        let owner = scene.instances[victim].name.clone();
        let held = format!("{} AND due_at <= clock_timestamp()", rows_of(&owner));
        // Nobody has the dead one's name yet: only the lease gives its rows and deliveries to the others.
        scene
            .sees("the others hold what the dead one held", LEASE * 3 + PATIENCE / 3, async || {
                scene.database.count(&held).await == 0
            })
            .await;
        matrix::end_of(&scene, &underway, PATIENCE).await;
        println!(
            "instances: {owner} died, {} orders were underway, taken over after {:?}",
            underway.len(),
            died.elapsed()
        );
        scene.instances[victim].start().await;
        scene.aim();
        tokio::time::sleep(BETWEEN.saturating_sub(died.elapsed())).await;
    }
    let verdict = scene.judge().await;
    println!("instances: {kills} deaths; {verdict}");
    assert!(kills >= 3, "inconclusive: {kills} deaths");
}

/// Outbox rows that an instance has taken.
fn rows_of(instance: &str) -> String {
    format!("SELECT count(*) FROM outbox_pending WHERE owner LIKE '{instance}%'")
}

/// Holds an answer back that the victim waits for, at one hop or another, until it has work in hand. Returns the orders
/// that are underway, whoever has them.
async fn with_work_in_hand(scene: &mut Scene, victim: usize) -> Vec<String> {
    let hop = scene.random.usize(0..2);
    let instance = &scene.instances[victim];
    if hop == 0 {
        instance.links.fleet.to_client(Flow::Hold);
        scene
            .reached("deliveries are in its hands", async || {
                instance.metric("tropa_consumer_in_flight").await >= 2.0
            })
            .await;
    } else {
        instance.links.broker.to_client(Flow::Hold);
        let rows = rows_of(&instance.name);
        scene.reached("rows are in its hands", async || scene.database.count(&rows).await >= 2).await;
    }
    scene.moment().await.in_hand()
}
