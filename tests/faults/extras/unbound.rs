//! Somebody unbinds the work queue. What cannot be routed stays in the outbox; what another queue takes is lost, and its
//! orders are rescued.

use std::time::Duration;

use lapin::{Channel, options::QueueBindOptions, types::FieldTable};

use super::{begin, channel, flowing};
use crate::{
    proxy::Flow,
    scene::{PATIENCE, Scene, Setting},
    witness::{EXCHANGE, QUEUE},
};

const WORK: &str = "orders.dispatch";
const CREATED: &str = "orders.created";
const BOTH: [(&str, &str); 2] = [(QUEUE, "#"), (WORK, CREATED)];
const OTHERS: [&str; 6] = [
    "orders.dispatch_requested",
    "orders.release_requested",
    "orders.dispatched",
    "orders.manual_dispatch",
    "orders.cancelled",
    "orders.delivered",
];

async fn bind(channel: &Channel, queue: &str, key: &str) {
    let options = QueueBindOptions::default();
    channel
        .queue_bind(queue.into(), EXCHANGE.into(), key.into(), options, FieldTable::default())
        .await
        .unwrap();
}

async fn unbind(channel: &Channel, queue: &str, key: &str) {
    channel.queue_unbind(queue.into(), EXCHANGE.into(), key.into(), FieldTable::default()).await.unwrap();
}

/// Runs `change` while nothing is published: what comes between two changes would reach one queue and not the other.
async fn published_to_both_or_neither(scene: &Scene, change: impl AsyncFnOnce()) {
    scene.a().links.broker.to_server(Flow::Hold);
    // What has passed the proxy is routed meanwhile.
    tokio::time::sleep(Duration::from_millis(500)).await;
    change().await;
    scene.heal();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_returned_stays_unpublished() {
    let mut scene = flowing("unbound").await;
    let (_connection, channel) = channel(&scene).await;
    // The witness takes everything, and to the broker that is routed: it listens to all but new orders meanwhile.
    for topic in OTHERS {
        bind(&channel, QUEUE, topic).await;
    }
    published_to_both_or_neither(&scene, async || {
        for (queue, key) in BOTH {
            unbind(&channel, queue, key).await;
        }
    })
    .await;
    let refused = "SELECT count(*) FROM outbox JOIN outbox_pending USING (id)
                   WHERE topic = 'orders.created' AND last_error IS NOT NULL";
    scene.sees("rows stay, and say why", PATIENCE, async || scene.database.count(refused).await >= 10).await;
    published_to_both_or_neither(&scene, async || {
        for (queue, key) in BOTH {
            bind(&channel, queue, key).await;
        }
    })
    .await;
    scene.judge().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_confirmed_and_lost_is_sent_again() {
    let setting =
        Setting::default().with("TROPA_RESCUE_AFTER_SECONDS", 5).with("TROPA_DISPATCH_DEADLINE_SECONDS", 5);
    let mut scene = begin(Scene::shared("lost", setting).await).await;
    let (_connection, channel) = channel(&scene).await;
    // To the broker they are routed: the witness takes them.
    unbind(&channel, WORK, CREATED).await;
    let lost = "SELECT count(*) FROM orders o WHERE status = 'PENDING'
                AND NOT EXISTS (SELECT FROM outbox_pending p WHERE p.order_seq = o.seq)";
    scene.sees("orders are lost", PATIENCE, async || scene.database.count(lost).await >= 50).await;
    bind(&channel, WORK, CREATED).await;
    let rescued = async || scene.a().metric("tropa_orders_rescued_total").await;
    scene.sees("they are rescued", PATIENCE, async || rescued().await >= 20.0).await;
    scene.judge().await;
}
