//! No version check: what was decided on an order as it was is written onto the order as it is.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use time::OffsetDateTime;
use tropa_dispatch::{
    domain::{DriverId, Envelope, EventId, EventKind, Order, OrderEvent, OrderId, OrderNumber},
    orders::Command,
    port::*,
};

use super::{Bug, expected, patience, rig};
use crate::witness::Witness;

/// Loses every race: a cancellation is written only when the order has moved on. Without a version check it is written then
/// all the same.
struct Late {
    inner: Arc<dyn OrderStore>,
    checked: bool,
}

impl Late {
    async fn overtaken(&self, write: &mut Write) -> Result<(), StoreError> {
        let Change::Transition(step) = &mut write.change else { return Ok(()) };
        if !matches!(step.event.kind, EventKind::Cancelled { .. }) {
            return Ok(());
        }
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(8) {
            let current = self.inner.load(vec![step.order.id.clone()]).await?.pop().flatten();
            if let Some(current) = current
                && current.version >= step.event.version
            {
                if !self.checked {
                    step.event.version = current.version + 1;
                    step.order.version = step.event.version;
                    step.envelope.version = step.event.version;
                }
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

#[async_trait]
impl OrderStore for Late {
    async fn create(&self, batch: Arc<[Creation]>) -> Result<Vec<Created>, StoreError> {
        self.inner.create(batch).await
    }
    async fn apply(&self, batch: Arc<[Write]>) -> Result<Vec<Applied>, StoreError> {
        let mut batch = batch.to_vec();
        for write in &mut batch {
            self.overtaken(write).await?;
        }
        self.inner.apply(batch.into()).await
    }
    async fn load(&self, ids: Vec<OrderId>) -> Result<Vec<Option<Order>>, StoreError> {
        self.inner.load(ids).await
    }
    async fn load_by_number(&self, number: OrderNumber) -> Result<Option<Order>, StoreError> {
        self.inner.load_by_number(number).await
    }
    async fn list(&self, query: OrderQuery) -> Result<OrderPage, StoreError> {
        self.inner.list(query).await
    }
    async fn stranded(&self, before: OffsetDateTime, limit: u32) -> Result<Vec<OrderId>, StoreError> {
        self.inner.stranded(before, limit).await
    }
    async fn timeline(&self, id: OrderId) -> Result<Vec<OrderEvent>, StoreError> {
        self.inner.timeline(id).await
    }
    async fn census(&self) -> Result<Census, StoreError> {
        self.inner.census().await
    }
    async fn answered(&self, events: Vec<EventId>) -> Result<Vec<bool>, StoreError> {
        self.inner.answered(events).await
    }
    async fn assignments(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Assignment>, StoreError> {
        self.inner.assignments(after, limit).await
    }
    async fn assigned(&self, claims: Vec<Assignment>) -> Result<Vec<bool>, StoreError> {
        self.inner.assigned(claims).await
    }
    async fn prune(&self, before: PruneBefore, limit: u32) -> Result<u64, StoreError> {
        self.inner.prune(before, limit).await
    }
    async fn check(&self) -> Result<(), StoreError> {
        self.inner.check().await
    }
}

/// Consumes nothing: it only takes commands.
struct Deaf(Arc<dyn Broker>);

#[async_trait]
impl Broker for Deaf {
    async fn publish(&self, batch: Vec<Envelope>) -> Vec<Confirm> {
        self.0.publish(batch).await
    }
    async fn subscribe(&self, _: Queue, _: &str, _: u16) -> Result<Box<dyn Subscription>, BrokerError> {
        Err(BrokerError::Unavailable("deaf".to_owned()))
    }
    async fn ready(&self, queue: Queue) -> Result<u64, BrokerError> {
        self.0.ready(queue).await
    }
    async fn is_idle(&self, queue: Queue) -> Result<bool, BrokerError> {
        self.0.is_idle(queue).await
    }
}

/// Two instances: one dispatches, the other cancels, and always comes second.
fn run(bug: Bug) {
    rig::with(|stage| async move {
        // Somebody lays the queues, for the witness to find them before anything is said, and goes.
        let layer = stage.rig("layer", |ports, _| ports).await;
        let witness = Witness::start(&stage.servers.broker).await;
        layer.end().await;
        let cancels = stage
            .rig("cancels", |mut ports, _| {
                ports.orders = Arc::new(Late { inner: ports.orders, checked: bug == Bug::Absent });
                ports.broker = Arc::new(Deaf(ports.broker));
                ports
            })
            .await;
        // Orders wait: nobody dispatches yet.
        for n in 0..2 {
            stage.submit(&cancels, &format!("order-{n}")).await;
        }
        let cancelling = async {
            let mut cancelled = 0;
            for n in 0..2 {
                let command = Command::Cancel { reason: Some("no longer hungry".to_owned()) };
                let done = stage.command(&cancels, &format!("order-{n}"), command, "cancelled").await;
                cancelled += usize::from(done);
            }
            cancelled
        };
        let dispatching = async {
            let dispatches = stage.rig("dispatches", |ports, _| ports).await;
            dispatches.drivers(20).await;
            dispatches
        };
        let (cancelled, dispatches) = tokio::join!(cancelling, dispatching);
        assert!(cancelled >= 1, "inconclusive: {cancelled} cancellations");
        let verdict = stage.judge(&dispatches, &witness, patience(bug)).await;
        assert_eq!(verdict.failed(), expected(bug, &[1, 4]), "{verdict}");
        dispatches.end().await;
        cancels.end().await;
    });
}

#[test]
fn a_step_without_a_version_check_overrules_another() {
    run(Bug::Absent);
    run(Bug::Planted);
}
