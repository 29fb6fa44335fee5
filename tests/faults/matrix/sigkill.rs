//! Process SIGKILL: the one instance dies at a stage, and a new one takes up what it left.

use std::{collections::HashSet, time::Instant};

use super::{end_of, flowing, has_ended, was_accepted};
use crate::scene::{LEASE, PATIENCE, Scene, Setting};

/// Kills the instance and starts it again.
async fn kill_and_restart(scene: &mut Scene) {
    scene.a_mut().kill().await;
    scene.heal();
    scene.a_mut().start().await;
    scene.aim();
}

pub async fn accept(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    let moment = scene.before_accept().await;
    scene.a_mut().kill().await;
    let after = scene.moment().await;
    let lost = moment.sent_and_not_stored();
    assert!(
        lost.iter().all(|id| !after.committed.orders.iter().any(|order| order.id == *id)),
        "a row before commit"
    );
    scene.heal();
    scene.a_mut().start().await;
    scene.aim();

    scene.flowing().await;
    let untold = scene.at_accept().await.stored_and_untold();
    kill_and_restart(&mut scene).await;
    scene.judge().await;
    let attempts = scene.moment().await.attempts;
    let answered = |id: &String| was_accepted(&attempts, id);
    assert!(untold.iter().all(answered), "a retry did not get its order");
    assert!(lost.iter().all(answered), "a retry made no order");
}

pub async fn outbox(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    let unmarked = scene.at_outbox().await.seen_and_unmarked();
    kill_and_restart(&mut scene).await;
    let verdict = scene.judge().await;
    let times = scene.witness.times();
    let again = unmarked.iter().filter(|event| times[*event] > 1).count();
    assert!(again >= unmarked.len() / 2, "{again} of {} came again under their ids", unmarked.len());
    assert_eq!(verdict.redelivered, verdict.suppressed, "{verdict}");
}

pub async fn consume(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    let moment = scene.at_fleet().await;
    let in_hand = moment.in_hand();
    kill_and_restart(&mut scene).await;
    scene.judge().await;
    let after = scene.moment().await;
    assert!(
        in_hand.iter().all(|id| has_ended(&after.committed, id)),
        "an order in hand was not taken up again"
    );
    // Their messages were marked: only the broker can have given them to somebody again.
    let created: HashSet<&str> = moment
        .committed
        .outbox
        .iter()
        .filter(|row| row.topic == "orders.created" && row.pending.is_none() && in_hand.contains(&row.order))
        .map(|row| row.event_id.as_str())
        .collect();
    assert!(created.iter().all(|event| after.seen[*event] == 1), "republished, not requeued");
}

pub async fn guard(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    let in_hand = scene.at_fleet().await.in_hand();
    scene.load.stop().await;
    // Under another name: the leases of the dead one are not its own.
    scene.a_mut().kill().await;
    scene.heal();
    let died = Instant::now();
    scene.replace(0, "successor").await;
    end_of(&scene, &in_hand, PATIENCE).await;
    println!("{name}: taken over after {:?}, leases last {LEASE:?}", died.elapsed());
    scene.judge().await;
}

pub async fn fleet(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    let claims = scene.at_fleet().await.claims;
    kill_and_restart(&mut scene).await;
    scene.judge().await;
    let after = scene.moment().await.committed;
    for claim in &claims {
        let driver =
            after.events.iter().find(|event| event.order == claim.order && event.kind == "dispatched");
        if let Some(event) = driver {
            assert_eq!(event.driver_id.as_ref(), Some(&claim.driver_id), "{}: another driver", claim.order);
        }
    }
}

pub async fn commit(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    let committed = scene.at_commit().await.in_state("DISPATCHED");
    kill_and_restart(&mut scene).await;
    scene
        .sees("what was not acknowledged comes again", PATIENCE, async || scene.redelivered().await > 0)
        .await;
    scene.judge().await;
    scene.dispatched_once(&committed).await;
}
