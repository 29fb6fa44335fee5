//! Messages nobody can work on.

use std::collections::BTreeMap;

use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;
use lapin::types::{AMQPValue, FieldTable};
use tropa_dispatch::domain::EventId;
use tropa_dispatch::port::{Broker, BrokerError, Queue};

use super::stage::{broker, channel, deliver, idle, next, until, work};
use crate::servers::servers;

#[tokio::test]
async fn one_poison_message_costs_its_neighbours_nothing() {
    const PREFETCH: u16 = 50;
    let url = servers().vhost().await;
    let broker = broker(&url);
    let batch = work(usize::from(PREFETCH));
    let poison = batch[20].event_id;
    deliver(&broker, batch.clone()).await;
    let mut consumer = broker.subscribe(Queue::Dispatch, "poisoned", PREFETCH).await.unwrap();
    let mut neighbours = Vec::new();
    let mut tries = 0;
    // The neighbours stay in hand while the poison comes again and again, until the broker has enough.
    while neighbours.len() < usize::from(PREFETCH) - 1 || broker.ready(Queue::Parking).await == Ok(0) {
        let Ok(Some(delivery)) =
            tokio::time::timeout(std::time::Duration::from_millis(200), consumer.next()).await
        else {
            continue;
        };
        if delivery.message.as_ref().unwrap().event_id == poison {
            assert_eq!(delivery.redeliveries, tries, "each try counts once");
            tries += 1;
            delivery.settle.requeue().await.unwrap();
        } else {
            assert_eq!(delivery.redeliveries, 0, "a neighbour lost an attempt");
            neighbours.push(delivery);
        }
    }
    assert_eq!(tries, 21, "once, and twenty times again");
    for delivery in neighbours {
        delivery.settle.ack().await.unwrap();
    }
    let mut drain = broker.subscribe(Queue::Parking, "drain", 10).await.unwrap();
    let parked = next(&mut drain).await;
    assert_eq!(parked.message.unwrap().event_id, poison);
    parked.settle.ack().await.unwrap();
    assert!(idle(&mut consumer).await, "something is left");
    assert_eq!(broker.ready(Queue::Dispatch).await, Ok(0));
}

#[tokio::test]
async fn what_is_parked_waits_however_often_it_is_refused() {
    let broker = broker(&servers().vhost().await);
    deliver(&broker, work(1)).await;
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 1).await.unwrap();
    next(&mut consumer).await.settle.reject().await.unwrap();
    let mut drain = broker.subscribe(Queue::Parking, "drain", 1).await.unwrap();
    for _ in 0..30 {
        next(&mut drain).await.settle.reject().await.unwrap();
    }
    next(&mut drain).await.settle.ack().await.unwrap();
    assert_eq!(broker.ready(Queue::Parking).await, Ok(0));
}

#[tokio::test]
async fn strangers_come_as_they_are() {
    let url = servers().vhost().await;
    let broker = broker(&url);
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 10).await.unwrap();
    let (_connection, stranger) = channel(&url).await;
    let id = EventId::fresh();
    let mut headers = FieldTable::default();
    headers.insert("colour".into(), AMQPValue::LongString("green".into()));
    let properties = BasicProperties::default().with_message_id(id.to_string().into()).with_headers(headers);
    for (body, properties) in [(&b"hello"[..], properties), (&[0xff, 0][..], BasicProperties::default())] {
        let (exchange, key) = ("orders_exchange".into(), "orders.created".into());
        let options = BasicPublishOptions::default();
        stranger.basic_publish(exchange, key, options, body, properties).await.unwrap();
    }
    let first = next(&mut consumer).await;
    let told = *first.message.expect_err("no envelope");
    assert_eq!(
        (told.event_id, told.topic.as_str(), told.payload.as_str()),
        (Some(id), "orders.created", "hello")
    );
    assert_eq!(told.headers, BTreeMap::from([("colour".to_owned(), "green".to_owned())]));
    first.settle.ack().await.unwrap();
    let second = next(&mut consumer).await;
    let told = *second.message.expect_err("no envelope");
    assert_eq!((told.event_id, told.payload.as_str()), (None, "\u{fffd}\u{fffd}"));
    second.settle.reject().await.unwrap();
    until("it is parked", async || (broker.ready(Queue::Parking).await == Ok(1)).then_some(())).await;
}

#[tokio::test]
async fn declares_nothing_over_what_others_declared_otherwise() {
    let url = servers().vhost().await;
    let (_connection, other) = channel(&url).await;
    let durable = lapin::options::QueueDeclareOptions { durable: true, ..Default::default() };
    other.queue_declare("orders.dispatch".into(), durable, FieldTable::default()).await.unwrap();
    let broker = broker(&url);
    let refused = broker.subscribe(Queue::Dispatch, "a", 1).await.err().expect("inequivalent");
    assert!(
        matches!(&refused, BrokerError::Unavailable(why) if why.contains("PRECONDITION_FAILED")),
        "{refused}"
    );
}
