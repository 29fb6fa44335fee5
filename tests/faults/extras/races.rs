//! A thousand orders, each cancelled while it is being dispatched.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::{
    checker::Wanted,
    scene::{Scene, Setting},
};

const RACES: usize = 1_000;
const AT_ONCE: usize = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancel_and_dispatch_race_a_thousand_times() {
    let mut scene = Scene::shared("races", Setting { drivers: 300, ..Setting::default() }).await;
    let mut random = scene.random.fork();
    for round in 0..RACES / AT_ONCE {
        let mut races = JoinSet::new();
        for n in 0..AT_ONCE {
            let id = format!("race-{round}-{n}");
            // A dispatch takes some milliseconds: the cancellation comes before, while and after.
            let wait = Duration::from_micros(random.u64(0..25_000));
            let load = scene.load.clients();
            races.spawn(async move {
                load.ask(vec![Wanted::Create { id: id.clone(), key: None, price: 100 }]).await;
                tokio::time::sleep(wait).await;
                load.ask(vec![Wanted::Command { id, event: "cancelled".to_owned() }]).await;
            });
        }
        races.join_all().await;
    }
    let verdict = scene.judge().await;
    let before = "SELECT count(*) FROM orders WHERE status = 'CANCELLED' AND driver_id IS NULL";
    let after = "SELECT count(*) FROM orders WHERE status = 'CANCELLED' AND driver_id IS NOT NULL";
    let (before, after) = (scene.database.count(before).await, scene.database.count(after).await);
    println!("races: cancelled before a driver was found {before}, after {after}; {verdict}");
    assert_eq!(scene.database.count("SELECT count(*) FROM orders").await, RACES as i64);
    assert!(before >= 20 && after >= 20, "inconclusive: {before} before, {after} after");
}
