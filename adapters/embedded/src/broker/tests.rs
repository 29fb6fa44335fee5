//! What only this broker promises, besides the port's suite.

use std::time::Duration;

use futures_util::future::join_all;
use tropa_contract::domain::Topic;
use tropa_contract::testing::broker::message;

use super::*;

fn broker(settings: BrokerSettings) -> EmbeddedBroker {
    EmbeddedBroker::new(settings, None)
}

fn work(count: usize) -> Vec<Envelope> {
    (0..count).map(|_| message(Topic::Created)).collect()
}

#[tokio::test]
async fn keeps_the_port() {
    tropa_contract::testing::broker::conforms(async || broker(BrokerSettings::default())).await;
}

#[tokio::test]
async fn confirms_only_what_was_settled() {
    let broker = broker(BrokerSettings::default());
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 10).await.unwrap();
    let mut drain = broker.subscribe(Queue::Parking, "b", 10).await.unwrap();
    let mut confirms = broker.publish(work(2)).await;
    let (mut second, mut first) = (confirms.pop().unwrap(), confirms.pop().unwrap());
    let (a, b) = (consumer.next().await.unwrap(), consumer.next().await.unwrap());
    assert!(futures_util::poll!(&mut first).is_pending(), "delivered is not settled");
    a.settle.ack().await.unwrap();
    assert_eq!(first.await, PublishOutcome::Confirmed);
    b.settle.reject().await.unwrap();
    let parked = drain.next().await.unwrap();
    assert!(futures_util::poll!(&mut second).is_pending(), "parked is not a row");
    parked.settle.ack().await.unwrap();
    assert_eq!(second.await, PublishOutcome::Confirmed);
}

#[tokio::test]
async fn publishing_waits_for_room() {
    let broker = broker(BrokerSettings { capacity: 3, ..BrokerSettings::default() });
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 10).await.unwrap();
    let mut publishing = Box::pin(broker.publish(work(7)));
    assert!(futures_util::poll!(&mut publishing).is_pending(), "seven into three");
    assert_eq!(broker.ready(Queue::Dispatch).await, Ok(3));
    let settle_all = async {
        for _ in 0..7 {
            consumer.next().await.unwrap().settle.ack().await.unwrap();
        }
    };
    let (confirms, ()) = tokio::join!(publishing, settle_all);
    assert!(join_all(confirms).await.iter().all(|outcome| *outcome == PublishOutcome::Confirmed));
}

#[tokio::test]
async fn parks_after_the_delivery_limit_and_not_before() {
    let broker = broker(BrokerSettings { delivery_limit: 2, ..BrokerSettings::default() });
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 10).await.unwrap();
    let _confirms = broker.publish(work(1)).await;
    for redeliveries in 0..=2 {
        assert_eq!(broker.ready(Queue::Parking).await, Ok(0));
        assert_eq!(consumer.next().await.unwrap().redeliveries, redeliveries);
    }
    assert_eq!(broker.ready(Queue::Parking).await, Ok(1));
}

#[tokio::test]
async fn requeued_messages_keep_their_order() {
    let broker = broker(BrokerSettings::default());
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 10).await.unwrap();
    let batch = work(5);
    let _confirms = broker.publish(batch.clone()).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(consumer.next().await.unwrap());
    }
    drop(held);
    for sent in &batch {
        let delivery = consumer.next().await.unwrap();
        assert_eq!(delivery.message.unwrap().event_id, sent.event_id);
        delivery.settle.ack().await.unwrap();
    }
}

#[tokio::test]
async fn a_wake_is_passed_on_by_a_consumer_that_gave_up() {
    let broker = broker(BrokerSettings::default());
    let mut fickle = broker.subscribe(Queue::Dispatch, "a", 10).await.unwrap();
    let mut steady = broker.subscribe(Queue::Dispatch, "b", 10).await.unwrap();
    let mut first_in_line = Box::pin(fickle.next());
    let mut second_in_line = Box::pin(steady.next());
    assert!(futures_util::poll!(&mut first_in_line).is_pending());
    assert!(futures_util::poll!(&mut second_in_line).is_pending());
    let _confirms = broker.publish(work(1)).await;
    drop(first_in_line);
    let woken = tokio::time::timeout(Duration::from_secs(5), second_in_line).await;
    assert!(woken.expect("the wake is lost").is_some());
}

#[tokio::test]
async fn one_batch_wakes_every_consumer_it_has_work_for() {
    let broker = broker(BrokerSettings::default());
    let mut consumers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let mut consumer = broker.subscribe(Queue::Dispatch, "a", 1).await.unwrap();
        consumers.spawn(async move {
            let delivery = consumer.next().await;
            // Nobody else gets it again by being dropped.
            std::mem::forget(delivery);
        });
    }
    // All of them sleep: on this runtime's one thread they have run as far as they can.
    tokio::task::yield_now().await;
    let _confirms = broker.publish(work(4)).await;
    tokio::time::timeout(Duration::from_secs(5), consumers.join_all()).await.expect("somebody sleeps on");
}

#[tokio::test]
async fn after_the_close_nothing_is_promised() {
    let broker = broker(BrokerSettings { capacity: 3, ..BrokerSettings::default() });
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 2).await.unwrap();
    let mut confirms = broker.publish(work(3)).await.into_iter();
    let (acked, dropped) = (consumer.next().await.unwrap(), consumer.next().await.unwrap());
    let mut waiting = Box::pin(broker.publish(work(1)));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    broker.close();
    assert_eq!(join_all(waiting.await).await, [closed()], "it waited for room");
    acked.settle.ack().await.unwrap();
    drop(dropped);
    assert!(consumer.next().await.is_none(), "the subscription ends");
    assert_eq!(confirms.next().unwrap().await, PublishOutcome::Confirmed, "it was processed all the same");
    assert_eq!(confirms.next().unwrap().await, closed(), "it was given back");
    assert_eq!(confirms.next().unwrap().await, closed(), "it was never delivered");
    assert_eq!(join_all(broker.publish(work(2)).await).await, [closed(), closed()]);
    assert!(broker.subscribe(Queue::Dispatch, "a", 1).await.is_err());
    assert_eq!(broker.ready(Queue::Dispatch).await, Ok(0));
}

#[tokio::test]
async fn the_close_ends_a_consumer_that_sleeps() {
    for queue in [Queue::Dispatch, Queue::Parking] {
        let broker = broker(BrokerSettings::default());
        let mut consumer = broker.subscribe(queue, "a", 2).await.unwrap();
        let mut sleeping = Box::pin(consumer.next());
        assert!(futures_util::poll!(&mut sleeping).is_pending());
        broker.close();
        let end = tokio::time::timeout(Duration::from_secs(5), sleeping).await;
        assert!(end.expect("still asleep").is_none());
    }
}

#[tokio::test]
async fn an_outcome_comes_in_time_even_from_a_consumer_that_hangs() {
    let confirm_timeout = Duration::from_millis(10);
    let broker = broker(BrokerSettings { confirm_timeout, ..BrokerSettings::default() });
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 2).await.unwrap();
    let mut confirms = broker.publish(work(1)).await;
    let hangs = consumer.next().await.unwrap();
    assert!(matches!(confirms.pop().unwrap().await, PublishOutcome::Unknown(_)));
    assert!(hangs.settle.ack().await.is_ok());
}

#[tokio::test]
async fn the_audit_log_has_every_message_before_a_consumer_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    std::fs::write(&file, "{\"from\":\"before\"}\n").unwrap();
    let broker = EmbeddedBroker::new(BrokerSettings::default(), Some(AuditLog::open(&file).unwrap()));
    let batch: Vec<Envelope> = Topic::ALL.into_iter().map(message).collect();
    let _confirms = broker.publish(batch.clone()).await;
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("{\"from\":\"before\"}"), "appended");
    for sent in &batch {
        let line: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
        let expected = serde_json::json!({
            "event_id": sent.event_id, "topic": sent.topic.as_str(), "order_id": sent.order_id, "version": 1,
        });
        assert_eq!(line, expected);
    }
    assert_eq!(lines.next(), None);
}
