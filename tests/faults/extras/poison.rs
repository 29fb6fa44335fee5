//! One poison message among its neighbours.

use lapin::{BasicProperties, options::BasicPublishOptions};

use super::{begin, channel};
use crate::scene::{PATIENCE, Scene, Setting};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poison_message_harms_nobody_else() {
    let setting = Setting::default().with("TROPA_PREFETCH", 50).with("TROPA_CONSUMERS", 1);
    let mut scene = begin(Scene::shared("poison", setting).await).await;
    // Its neighbours are in hand when it comes.
    let in_hand = scene.at_fleet().await.in_hand();
    let (_connection, channel) = channel(&scene).await;
    let properties = BasicProperties::default().with_message_id(uuid::Uuid::now_v7().to_string().into());
    let options = BasicPublishOptions::default();
    let published = channel
        .basic_publish("".into(), "orders.dispatch".into(), options, b"{\"poison\":", properties)
        .await;
    published.unwrap().await.unwrap();
    let parked = "SELECT count(*) FROM dead_letters WHERE state = 'parked'";
    scene.sees("it is parked", PATIENCE, async || scene.database.count(parked).await == 1).await;
    scene.heal();
    crate::matrix::end_of(&scene, &in_hand, PATIENCE).await;
    let tries = format!(
        "SELECT coalesce(max(attempt), 0)::bigint FROM order_events JOIN orders ON seq = order_seq
         WHERE kind = 'dispatched' AND id IN ({})",
        in_hand.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(",")
    );
    assert!(scene.database.count(&tries).await <= 1, "a neighbour's attempts were spent");
    scene.judge().await;
    assert_eq!(scene.database.count(parked).await, 1);
}
