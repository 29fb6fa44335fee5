//! Ack before commit: a delivery is acknowledged when it is received. Whoever dies over it has lost it.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use tropa_dispatch::{domain::Envelope, port::*};

use super::{Bug, expected, gate::Gate, patience, rig};
use crate::witness::Witness;

/// Acknowledges on receipt.
struct Eager(Arc<dyn Broker>);

struct EagerSubscription {
    inner: Box<dyn Subscription>,
    /// Received, its acknowledgement under way. Kept here, so that who stops asking for the next loses nothing.
    acking: Option<Acking>,
}

struct Acking {
    delivery: Delivery,
    acked: BoxFuture<'static, Result<(), BrokerError>>,
}

struct Nothing;

#[async_trait]
impl Settle for Nothing {
    async fn ack(self: Box<Self>) -> Result<(), BrokerError> {
        Ok(())
    }
    async fn requeue(self: Box<Self>) -> Result<(), BrokerError> {
        Ok(())
    }
    async fn reject(self: Box<Self>) -> Result<(), BrokerError> {
        Ok(())
    }
}

#[async_trait]
impl Subscription for EagerSubscription {
    async fn next(&mut self) -> Option<Delivery> {
        if self.acking.is_none() {
            let delivery = self.inner.next().await?;
            let acked = delivery.settle.ack();
            self.acking =
                Some(Acking { delivery: Delivery { settle: Box::new(Nothing), ..delivery }, acked });
        }
        self.acking.as_mut()?.acked.as_mut().await.ok()?;
        Some(self.acking.take()?.delivery)
    }

    fn set_prefetch(&mut self, prefetch: u16) {
        self.inner.set_prefetch(prefetch);
    }
}

#[async_trait]
impl Broker for Eager {
    async fn publish(&self, batch: Vec<Envelope>) -> Vec<Confirm> {
        self.0.publish(batch).await
    }

    async fn subscribe(
        &self,
        queue: Queue,
        consumer: &str,
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BrokerError> {
        let inner = self.0.subscribe(queue, consumer, prefetch).await?;
        Ok(Box::new(EagerSubscription { inner, acking: None }))
    }

    async fn ready(&self, queue: Queue) -> Result<u64, BrokerError> {
        self.0.ready(queue).await
    }
    async fn is_idle(&self, queue: Queue) -> Result<bool, BrokerError> {
        self.0.is_idle(queue).await
    }
}

/// Dies with deliveries in hand, which a second one is to get.
fn run(bug: Bug) {
    rig::with(|stage| async move {
        let gate = Gate::open();
        let first = stage
            .rig("first", |mut ports, _| {
                ports.fleet = gate.before(ports.fleet);
                if bug == Bug::Planted {
                    ports.broker = Arc::new(Eager(ports.broker));
                }
                ports
            })
            .await;
        first.drivers(20).await;
        let witness = Witness::start(&stage.servers.broker).await;
        stage.submit(&first, "before").await;
        stage.orders("DISPATCHED", 1).await;
        gate.close();
        for n in 0..6 {
            stage.submit(&first, &format!("order-{n}")).await;
        }
        stage.reached("all are in hand", async || gate.waiting() == 6).await;
        let marked = "SELECT count(*) FROM outbox_pending";
        stage.reached("nothing is left to publish", async || stage.database.count(marked).await == 0).await;
        first.die();
        let second = stage.rig("second", |ports, _| ports).await;
        second.drivers(20).await;
        let verdict = stage.judge(&second, &witness, patience(bug)).await;
        assert_eq!(verdict.failed(), expected(bug, &[2]), "{verdict}");
        second.end().await;
        first.end().await;
    });
}

#[test]
fn ack_before_commit_loses_orders() {
    run(Bug::Absent);
    run(Bug::Planted);
}
