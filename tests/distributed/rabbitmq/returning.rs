//! What no queue takes.

use lapin::options::BasicGetOptions;
use lapin::types::FieldTable;
use tropa_dispatch::domain::Topic;
use tropa_dispatch::port::{Broker, PublishOutcome, Queue};
use tropa_dispatch::testing::broker::message;

use super::stage::{broker, channel, deliver, publish, work};
use crate::servers::servers;

async fn unbind(channel: &lapin::Channel, topic: Topic) {
    let (queue, exchange) = ("orders.dispatch".into(), "orders_exchange".into());
    channel.queue_unbind(queue, exchange, topic.as_str().into(), FieldTable::default()).await.unwrap();
}

#[tokio::test]
async fn each_of_a_thousand_hears_its_own_outcome() {
    let url = servers().vhost().await;
    let broker = broker(&url);
    deliver(&broker, work(1)).await;
    let (_connection, operator) = channel(&url).await;
    unbind(&operator, Topic::Cancelled).await;
    let routed = |n: usize| !n.is_multiple_of(3);
    for round in 0..5 {
        let batch = (0..1_000).map(|n| message(if routed(n) { Topic::Created } else { Topic::Cancelled }));
        let outcomes = publish(&broker, batch.collect()).await;
        for (n, outcome) in outcomes.into_iter().enumerate() {
            let right = match &outcome {
                PublishOutcome::Confirmed => routed(n),
                PublishOutcome::Returned(reason) => {
                    !routed(n) && reason.contains("orders.cancelled") && reason.contains("NO_ROUTE")
                }
                PublishOutcome::Unknown(_) => false,
            };
            assert!(right, "round {round}, message {n}, routed {}: {outcome:?}", routed(n));
        }
    }
    let expected = 1 + 5 * (0..1_000).filter(|n| routed(*n)).count() as u64;
    assert_eq!(broker.ready(Queue::Dispatch).await, Ok(expected), "and none of the others is anywhere");
    broker.close().await;
}

#[tokio::test]
async fn work_stays_unpublished_until_its_queue_is_bound_again() {
    let url = servers().vhost().await;
    let broker = broker(&url);
    deliver(&broker, work(1)).await;
    let (_connection, operator) = channel(&url).await;
    for topic in Topic::ALL.into_iter().filter(|topic| topic.is_work()) {
        unbind(&operator, topic).await;
        for _ in 0..3 {
            let outcome = publish(&broker, vec![message(topic)]).await.remove(0);
            assert!(matches!(outcome, PublishOutcome::Returned(_)), "{topic}: {outcome:?}");
        }
    }
    // Whoever connects declares what is missing.
    let healer = super::stage::broker(&url);
    deliver(&healer, work(1)).await;
    assert_eq!(publish(&broker, work(1)).await, [PublishOutcome::Confirmed]);
}

#[tokio::test]
async fn news_nobody_listens_to_is_confirmed_and_kept_to_look_at() {
    let url = servers().vhost().await;
    let broker = broker(&url);
    assert_eq!(publish(&broker, vec![message(Topic::Dispatched)]).await, [PublishOutcome::Confirmed]);
    let (_connection, operator) = channel(&url).await;
    let seen = operator.basic_get("orders.unrouted".into(), BasicGetOptions { no_ack: true }).await.unwrap();
    assert_eq!(seen.expect("kept").routing_key.as_str(), "orders.dispatched");

    // With a listener there is nothing to keep.
    let _auditor = super::stage::audit(&url).await;
    assert_eq!(publish(&broker, vec![message(Topic::Dispatched)]).await, [PublishOutcome::Confirmed]);
    let seen = operator.basic_get("orders.unrouted".into(), BasicGetOptions { no_ack: true }).await.unwrap();
    assert!(seen.is_none(), "told to both");
    let heard = operator.basic_get("audit".into(), BasicGetOptions { no_ack: true }).await.unwrap();
    assert!(heard.is_some());
}
