//! SIGSTOP: an instance is stopped with work in its hands, another does that work, and the first one wakes up and goes on as
//! if nothing had been. With `TROPA_CHAOS_ALL` it sleeps for 45 s, else until the other one is done.

use std::time::{Duration, Instant};

use super::{all, end_of, flowing, was_accepted};
use crate::{
    proxy::Flow,
    scene::{Scene, Setting},
};

/// The broker drops who is silent after two or three of its heartbeats of 4 s, a lease lasts 3 s.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(40);

/// Two instances under load; the second is idle at first, so that the first has the work.
async fn two(name: &str) -> Scene {
    let scene = flowing(name, Setting::default()).await;
    println!("{name}: the second instance comes when the first one is stopped");
    scene
}

/// Stops the first, and brings the second.
async fn pause(scene: &mut Scene) -> Instant {
    scene.a().pause();
    let since = Instant::now();
    scene.add("b").await;
    let url = scene.instances[1].tropa().url();
    scene.load.aim(vec![url.clone()]);
    scene.drivers.aim(vec![url]);
    since
}

/// Wakes the first one up.
async fn resume(scene: &mut Scene, since: Instant) {
    let slept = since.elapsed();
    if all() {
        tokio::time::sleep(Duration::from_secs(45).saturating_sub(slept)).await;
    }
    scene.heal();
    scene.a().resume();
    println!("{}: stopped for {:?}", scene.name, since.elapsed());
    scene.aim();
}

pub async fn accept(name: &str) {
    let mut scene = two(name).await;
    let untold = scene.at_accept().await.stored_and_untold();
    let since = pause(&mut scene).await;
    scene.load.stop().await;
    // Everything unknown is asked again, of the other one.
    scene.load.settle(Vec::new()).await;
    let attempts = scene.moment().await.attempts;
    assert!(untold.iter().all(|id| was_accepted(&attempts, id)), "a replay did not get its order");
    resume(&mut scene, since).await;
    scene.judge().await;
}

pub async fn outbox(name: &str) {
    let mut scene = two(name).await;
    let unmarked = scene.at_outbox().await.seen_and_unmarked();
    let since = pause(&mut scene).await;
    scene.all_published(&unmarked, TAKEN_OVER_WITHIN).await;
    let times = scene.witness.times();
    assert!(
        unmarked.iter().all(|event| times[event] > 1),
        "marked without having been published by the second"
    );
    resume(&mut scene, since).await;
    scene.judge().await;
}

/// Deliveries are in the first one's hands; the second one gets and does them meanwhile.
async fn with_deliveries_in_hand(name: &str) -> Scene {
    let mut scene = two(name).await;
    let moment = scene.at_fleet().await;
    let since = pause(&mut scene).await;
    end_of(&scene, &moment.in_hand(), TAKEN_OVER_WITHIN).await;
    resume(&mut scene, since).await;
    scene.judge().await;
    let after = scene.moment().await.committed;
    for claim in &moment.claims {
        let found =
            after.events.iter().filter(|event| event.order == claim.order && event.kind == "dispatched");
        let drivers: Vec<_> = found.map(|event| event.driver_id.clone()).collect();
        assert!(drivers.len() <= 1, "{}: dispatched to {drivers:?}", claim.order);
    }
    scene
}

pub async fn consume(name: &str) {
    with_deliveries_in_hand(name).await;
}

pub async fn guard(name: &str) {
    let scene = with_deliveries_in_hand(name).await;
    let won = scene.instances[1].metric("tropa_consumer_deliveries_total{outcome=\"answered\"}").await;
    assert!(won > 0.0, "inconclusive: the second one had nothing to do");
}

pub async fn fleet(name: &str) {
    with_deliveries_in_hand(name).await;
}

pub async fn commit(name: &str) {
    let mut scene = two(name).await;
    // Drivers are found; what is to be written is held on its way to the database, and is written when all is over.
    let in_hand = scene.at_fleet().await.in_hand();
    scene.a().links.database.to_server(Flow::Hold);
    scene.a().links.fleet.heal();
    scene.reached("the fleet's answers have arrived", async || scene.a().links.fleet.holding() == 0).await;
    let since = pause(&mut scene).await;
    end_of(&scene, &in_hand, TAKEN_OVER_WITHIN).await;
    resume(&mut scene, since).await;
    scene.judge().await;
}
