//! SETNX first: the event is marked as handled before it is, and the mark is believed. Whoever dies in between has lost it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use time::OffsetDateTime;
use tropa_dispatch::{
    domain::{EventId, OrderId, OrderNumber},
    port::*,
};

use super::{Bug, expected, gate::Gate, patience, rig};
use crate::witness::Witness;

/// For good, as such marks were.
const FOR_GOOD: Duration = Duration::from_hours(1);

/// The mark is set first and never taken back; who finds it, takes the event for done.
struct MarkedFirst(Arc<dyn Leases>);

#[async_trait]
impl Leases for MarkedFirst {
    async fn acquire(&self, event: EventId, owner: &str, _: Duration) -> Result<Lease, LeaseError> {
        Ok(match self.0.acquire(event, owner, FOR_GOOD).await? {
            Lease::Held | Lease::Done => Lease::Done,
            acquired @ Lease::Acquired(_) => acquired,
        })
    }
    async fn done(&self, event: EventId, token: LeaseToken, remember: Duration) -> Result<bool, LeaseError> {
        self.0.done(event, token, remember).await
    }
    async fn release(&self, _: EventId, _: LeaseToken) -> Result<bool, LeaseError> {
        Ok(true)
    }
    async fn held(&self) -> Result<u64, LeaseError> {
        self.0.held().await
    }
}

/// Believes the mark: nobody asks the inbox.
pub struct Believing(pub Arc<dyn OrderStore>);

#[async_trait]
impl OrderStore for Believing {
    async fn create(&self, batch: Arc<[Creation]>) -> Result<Vec<Created>, StoreError> {
        self.0.create(batch).await
    }
    async fn apply(&self, batch: Arc<[Write]>) -> Result<Vec<Applied>, StoreError> {
        self.0.apply(batch).await
    }
    async fn load(
        &self,
        ids: Vec<OrderId>,
    ) -> Result<Vec<Option<tropa_dispatch::domain::Order>>, StoreError> {
        self.0.load(ids).await
    }
    async fn load_by_number(
        &self,
        number: OrderNumber,
    ) -> Result<Option<tropa_dispatch::domain::Order>, StoreError> {
        self.0.load_by_number(number).await
    }
    async fn list(&self, query: OrderQuery) -> Result<OrderPage, StoreError> {
        self.0.list(query).await
    }
    async fn stranded(&self, before: OffsetDateTime, limit: u32) -> Result<Vec<OrderId>, StoreError> {
        self.0.stranded(before, limit).await
    }
    async fn timeline(&self, id: OrderId) -> Result<Vec<tropa_dispatch::domain::OrderEvent>, StoreError> {
        self.0.timeline(id).await
    }
    async fn census(&self) -> Result<Census, StoreError> {
        self.0.census().await
    }
    async fn answered(&self, events: Vec<EventId>) -> Result<Vec<bool>, StoreError> {
        Ok(vec![true; events.len()])
    }
    async fn assignments(
        &self,
        after: Option<tropa_dispatch::domain::DriverId>,
        limit: u32,
    ) -> Result<Vec<Assignment>, StoreError> {
        self.0.assignments(after, limit).await
    }
    async fn assigned(&self, claims: Vec<Assignment>) -> Result<Vec<bool>, StoreError> {
        self.0.assigned(claims).await
    }
    async fn prune(&self, before: PruneBefore, limit: u32) -> Result<u64, StoreError> {
        self.0.prune(before, limit).await
    }
    async fn check(&self) -> Result<(), StoreError> {
        self.0.check().await
    }
}

fn plant(bug: Bug, mut ports: tropa_dispatch::tree::Ports) -> tropa_dispatch::tree::Ports {
    if bug == Bug::Planted {
        ports.leases = Arc::new(MarkedFirst(ports.leases));
        ports.orders = Arc::new(Believing(ports.orders));
    }
    ports
}

/// Dies between the mark and the commit.
fn run(bug: Bug) {
    rig::with(|stage| async move {
        let gate = Gate::open();
        let first = stage
            .rig("first", |mut ports, _| {
                ports.fleet = gate.before(ports.fleet);
                plant(bug, ports)
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
        let second = stage.rig("second", |ports, _| plant(bug, ports)).await;
        second.drivers(20).await;
        let verdict = stage.judge(&second, &witness, patience(bug)).await;
        assert_eq!(verdict.failed(), expected(bug, &[2]), "{verdict}");
        second.end().await;
        first.end().await;
    });
}

#[test]
fn a_mark_before_the_work_loses_orders() {
    run(Bug::Absent);
    run(Bug::Planted);
}
