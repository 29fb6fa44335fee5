//! How many messages a consumer may hold, as the broker sees it.

use std::collections::HashSet;

use tropa_dispatch::port::{Broker, Queue};

use super::stage::{ask, broker, counted, deliver, end, idle, next, until, vhost, work};
use crate::servers::servers;

/// The prefetches of the queue's consumers at the broker.
async fn prefetches(url: &str) -> Vec<u64> {
    let consumers = ask(servers(), &format!("/api/consumers/{}", vhost(url))).await;
    consumers.as_array().unwrap().iter().filter_map(|told| told["prefetch_count"].as_u64()).collect()
}

/// Waits until the broker holds `unsettled` messages back for our consumers.
async fn unsettled(url: &str, expected: u64) {
    until(&format!("{expected} unsettled"), async || {
        (counted(servers(), url, "orders.dispatch", "messages_unacknowledged").await == expected)
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn holds_after_every_rebuild() {
    let url = servers().vhost().await;
    let broker = broker(&url);
    deliver(&broker, work(40)).await;
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 7).await.unwrap();
    for _ in 0..3 {
        let mut held = Vec::new();
        for _ in 0..7 {
            held.push(next(&mut consumer).await);
        }
        assert!(idle(&mut consumer).await, "an eighth delivery at prefetch 7");
        until("the broker keeps to it", async || {
            (broker.ready(Queue::Dispatch).await == Ok(33)).then_some(())
        })
        .await;
        until("the broker was told", async || (prefetches(&url).await == [7]).then_some(())).await;
        close_connection(&url, "consuming").await;
        end(&mut consumer).await;
        consumer =
            until("a subscription", async || broker.subscribe(Queue::Dispatch, "a", 7).await.ok()).await;
        // What was held belongs to the channel that is gone.
        for delivery in held {
            assert_eq!(delivery.settle.ack().await, Err(tropa_dispatch::port::BrokerError::Stale));
        }
    }
}

#[tokio::test]
async fn grows_and_shrinks_on_a_running_consumer() {
    let url = servers().vhost().await;
    let broker = broker(&url);
    deliver(&broker, work(60)).await;
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 5).await.unwrap();
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(next(&mut consumer).await);
    }
    consumer.set_prefetch(20);
    for _ in 0..15 {
        held.push(next(&mut consumer).await);
    }
    assert!(idle(&mut consumer).await, "more than 20 in hand");
    // Deliveries of the consumer before are still ours to settle.
    for delivery in held.drain(..5) {
        delivery.settle.ack().await.unwrap();
    }
    consumer.set_prefetch(2);
    for delivery in held.drain(..) {
        delivery.settle.ack().await.unwrap();
    }
    held.push(next(&mut consumer).await);
    held.push(next(&mut consumer).await);
    assert!(idle(&mut consumer).await, "more than 2 in hand");
    until("the broker was told, too", async || (prefetches(&url).await == [2]).then_some(())).await;
    // Everything comes, in order and once, whatever consumer it was sent to.
    let mut seen = 20 + held.len();
    for delivery in held {
        delivery.settle.ack().await.unwrap();
    }
    while seen < 60 {
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.redeliveries, 0);
        delivery.settle.ack().await.unwrap();
        seen += 1;
    }
    assert!(idle(&mut consumer).await);
    unsettled(&url, 0).await;
}

#[tokio::test]
async fn what_a_dropped_subscription_had_fetched_goes_to_others() {
    let url = servers().vhost().await;
    let broker = broker(&url);
    let batch = work(10);
    deliver(&broker, batch.clone()).await;
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 10).await.unwrap();
    let kept = next(&mut consumer).await;
    unsettled(&url, 10).await;
    drop(consumer);
    let mut other = broker.subscribe(Queue::Dispatch, "b", 20).await.unwrap();
    // In any order: while one nack after the other gives them back, the other consumer takes.
    let mut missing: HashSet<_> = batch[1..].iter().map(|sent| sent.event_id).collect();
    while !missing.is_empty() {
        let delivery = next(&mut other).await;
        assert!(missing.remove(&delivery.message.unwrap().event_id), "it came twice, or to both");
        delivery.settle.ack().await.unwrap();
    }
    assert!(idle(&mut other).await, "what is in hand came to somebody else");
    kept.settle.ack().await.unwrap();
    unsettled(&url, 0).await;
}

/// Has the broker close connections of ours, as an operator would.
pub async fn close_connection(url: &str, which: &str) {
    let path = format!("/api/vhosts/{}/connections", vhost(url));
    let name = until("the management API knows the connection", async || {
        let told = ask(servers(), &path).await;
        let ours = |told: &&serde_json::Value| {
            told["client_properties"]["connection_name"].as_str().is_some_and(|name| name.contains(which))
        };
        Some(told.as_array()?.iter().find(ours)?["name"].as_str()?.to_owned())
    })
    .await;
    let escaped = name.replace(' ', "%20").replace('>', "%3E");
    let (status, body) = servers().administer("DELETE", &format!("/api/connections/{escaped}"), "").await;
    assert_eq!(status, 204, "{name}: {body}");
    // It is listed a little longer than it lives, and must not be found again.
    until("the connection is forgotten", async || {
        let told = ask(servers(), &path).await;
        (!told.as_array()?.iter().any(|told| told["name"] == name.as_str())).then_some(())
    })
    .await;
}
