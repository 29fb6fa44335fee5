//! What the tests of the adapter share.

use std::time::Duration;

use futures_util::future::join_all;
use lapin::options::{QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use tropa_dispatch::domain::{Envelope, Topic};
use tropa_dispatch::port::{Broker, Delivery, PublishOutcome, Subscription};
use tropa_dispatch::testing::broker::message;
use tropa_rabbitmq::{Options, RabbitBroker};

use crate::servers::Servers;

/// Whatever is waited for happens within this; nothing may hang for longer.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A broker as a process would have it.
pub fn broker(url: &str) -> RabbitBroker {
    RabbitBroker::new(options(url)).unwrap()
}

pub fn options(url: &str) -> Options {
    Options {
        url: url.to_owned(),
        ca: None,
        window: 500,
        timeout: Duration::from_secs(5),
        instance: "test".to_owned(),
    }
}

pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let outcome = tokio::time::timeout(PATIENCE, future).await;
    outcome.unwrap_or_else(|_| panic!("did not happen in time: {what}"))
}

/// Asks again until the answer is there.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    soon(what, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

pub fn work(count: usize) -> Vec<Envelope> {
    (0..count).map(|_| message(Topic::Created)).collect()
}

/// Publishes a batch; its outcomes.
pub async fn publish(broker: &RabbitBroker, batch: Vec<Envelope>) -> Vec<PublishOutcome> {
    let confirms = soon("the batch is taken", broker.publish(batch)).await;
    soon("every outcome", join_all(confirms)).await
}

/// Publishes until the broker has it all: what a relay does.
pub async fn deliver(broker: &RabbitBroker, mut batch: Vec<Envelope>) {
    soon("the broker has it all", async {
        while !batch.is_empty() {
            let outcomes = publish(broker, batch.clone()).await;
            let mut outcomes = outcomes.into_iter();
            batch.retain(|_| outcomes.next() != Some(PublishOutcome::Confirmed));
        }
    })
    .await;
}

/// The next delivery; the subscription must live.
pub async fn next(consumer: &mut Box<dyn Subscription>) -> Delivery {
    soon("a delivery", consumer.next()).await.expect("the subscription lives")
}

/// Whether nothing comes for a while.
pub async fn idle(consumer: &mut Box<dyn Subscription>) -> bool {
    tokio::time::timeout(Duration::from_millis(300), consumer.next()).await.is_err()
}

/// The end of the subscription, past whatever still comes.
pub async fn end(consumer: &mut Box<dyn Subscription>) {
    soon("the subscription ends", async { while consumer.next().await.is_some() {} }).await;
}

/// The vhost of a URL.
pub fn vhost(url: &str) -> &str {
    url.rsplit_once('/').unwrap().1
}

/// Somebody else's channel.
pub async fn channel(url: &str) -> (lapin::Connection, lapin::Channel) {
    let connection = lapin::Connection::connect(url, lapin::ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}

/// A queue that hears all of `orders_exchange`, as an auditor would have it.
pub async fn audit(url: &str) -> (lapin::Connection, lapin::Channel) {
    let (connection, channel) = channel(url).await;
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare("audit".into(), durable, FieldTable::default()).await.unwrap();
    let (bind, none) = (QueueBindOptions::default(), FieldTable::default());
    channel.queue_bind("audit".into(), "orders_exchange".into(), "#".into(), bind, none).await.unwrap();
    (connection, channel)
}

/// A request to the management API about this vhost, as JSON.
pub async fn ask(servers: &Servers, path: &str) -> serde_json::Value {
    let (status, body) = servers.administer("GET", path, "").await;
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// A number of a queue, straight from the management API.
pub async fn counted(servers: &Servers, url: &str, queue: &str, what: &str) -> u64 {
    let told = ask(servers, &format!("/api/queues/{}/{queue}", vhost(url))).await;
    told[what].as_u64().unwrap_or(0)
}
