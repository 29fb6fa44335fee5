//! Confirm trusted without looking at returns: the broker gives a message back, and the row is marked all the same.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::FutureExt;
use lapin::{Channel, options::QueueBindOptions, types::FieldTable};
use tropa_dispatch::{domain::Envelope, port::*};

use super::{Bug, expected, patience, rig};
use crate::witness::{EXCHANGE, QUEUE, Witness};

/// Takes a return for a confirm.
struct Trusting(Arc<dyn Broker>);

#[async_trait]
impl Broker for Trusting {
    async fn publish(&self, batch: Vec<Envelope>) -> Vec<Confirm> {
        let confirms = self.0.publish(batch).await.into_iter();
        let trusted = confirms.map(|confirm| -> Confirm {
            Box::pin(confirm.map(|outcome| match outcome {
                PublishOutcome::Returned(_) => PublishOutcome::Confirmed,
                other => other,
            }))
        });
        trusted.collect()
    }

    async fn subscribe(
        &self,
        queue: Queue,
        consumer: &str,
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BrokerError> {
        self.0.subscribe(queue, consumer, prefetch).await
    }

    async fn ready(&self, queue: Queue) -> Result<u64, BrokerError> {
        self.0.ready(queue).await
    }
    async fn is_idle(&self, queue: Queue) -> Result<bool, BrokerError> {
        self.0.is_idle(queue).await
    }
}

const WORK: &str = "orders.dispatch";
const CREATED: &str = "orders.created";

async fn bind(channel: &Channel, queue: &str, key: &str) {
    let options = QueueBindOptions::default();
    channel
        .queue_bind(queue.into(), EXCHANGE.into(), key.into(), options, FieldTable::default())
        .await
        .unwrap();
}

/// New orders have no queue for a while.
fn run(bug: Bug) {
    rig::with(|stage| async move {
        let rig = stage
            .rig("trusting", |mut ports, _| {
                if bug == Bug::Planted {
                    ports.broker = Arc::new(Trusting(ports.broker));
                }
                ports
            })
            .await;
        rig.drivers(20).await;
        let witness = Witness::start(&stage.servers.broker).await;
        stage.submit(&rig, "before").await;
        stage.orders("DISPATCHED", 1).await;

        let connection =
            lapin::Connection::connect(&stage.servers.broker, lapin::ConnectionProperties::default())
                .await
                .unwrap();
        let channel = connection.create_channel().await.unwrap();
        for (queue, key) in [(QUEUE, "#"), (WORK, CREATED)] {
            channel
                .queue_unbind(queue.into(), EXCHANGE.into(), key.into(), FieldTable::default())
                .await
                .unwrap();
        }
        for n in 0..5 {
            stage.submit(&rig, &format!("order-{n}")).await;
        }
        let tried = "SELECT count(*) FROM outbox o LEFT JOIN outbox_pending p ON p.id = o.id
                     WHERE topic = 'orders.created' AND (p.id IS NULL OR p.last_error IS NOT NULL)";
        stage.reached("all were tried", async || stage.database.count(tried).await == 6).await;
        bind(&channel, QUEUE, "#").await;
        bind(&channel, WORK, CREATED).await;
        let verdict = stage.judge(&rig, &witness, patience(bug)).await;
        assert_eq!(verdict.failed(), expected(bug, &[2, 5]), "{verdict}");
        rig.end().await;
    });
}

#[test]
fn a_return_taken_for_a_confirm_loses_orders() {
    run(Bug::Absent);
    run(Bug::Planted);
}
