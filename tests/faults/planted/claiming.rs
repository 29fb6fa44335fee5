//! No claim token: a driver is given back by name alone. A late release takes the driver away from the next order.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tropa_dispatch::{
    domain::{DriverId, OrderId},
    orders::Command,
    port::*,
};

use super::{
    Bug, expected, patience,
    rig::{self, Links},
};
use crate::{proxy::Flow, witness::Witness};

/// The first one: gives the driver back, and is gone before it can write that down.
struct DiesAfterRelease {
    inner: Arc<dyn Fleet>,
    links: Arc<Links>,
}

#[async_trait]
impl Fleet for DiesAfterRelease {
    async fn search(&self, request: SearchRequest) -> Result<Option<Claim>, FleetError> {
        self.inner.search(request).await
    }
    async fn release(&self, claim: Release) -> Result<bool, FleetError> {
        let released = self.inner.release(claim).await;
        self.links.database.to_server(Flow::Hold);
        released
    }
}

/// The second one: gets that release again, and is so slow that the driver has the next order by then.
struct ReleasesLate {
    inner: Arc<dyn Fleet>,
    /// By token, or by whoever holds the driver now.
    by_token: bool,
    holders: Mutex<HashMap<DriverId, Release>>,
    next: OrderId,
    done: Arc<AtomicBool>,
}

#[async_trait]
impl Fleet for ReleasesLate {
    async fn search(&self, request: SearchRequest) -> Result<Option<Claim>, FleetError> {
        let order_id = request.order_id.clone();
        let claim = self.inner.search(request).await?;
        if let Some(Claim { driver_id, token, .. }) = claim.clone() {
            let held = Assignment { driver_id: driver_id.clone(), order_id, token };
            self.holders.lock().unwrap().insert(driver_id, held);
        }
        Ok(claim)
    }
    async fn release(&self, claim: Release) -> Result<bool, FleetError> {
        let began = Instant::now();
        let holder = loop {
            let holder = self.holders.lock().unwrap().get(&claim.driver_id).cloned();
            if holder.as_ref().is_some_and(|held| held.order_id == self.next)
                || began.elapsed() > Duration::from_secs(8)
            {
                break holder;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        // Time for the assignment to be committed.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let what = if self.by_token { claim } else { holder.unwrap_or(claim) };
        let released = self.inner.release(what).await;
        self.done.store(true, Ordering::SeqCst);
        released
    }
}

fn run(bug: Bug) {
    rig::with(|stage| async move {
        let first = stage
            .rig("first", |mut ports, links| {
                ports.fleet = Arc::new(DiesAfterRelease { inner: ports.fleet, links: links.clone() });
                ports
            })
            .await;
        first.driver("the-only-one").await;
        let witness = Witness::start(&stage.servers.broker).await;
        stage.submit(&first, "one").await;
        stage.orders("DISPATCHED", 1).await;
        assert!(stage.command(&first, "one", Command::Deliver, "delivered").await);
        let id: DriverId = "the-only-one".parse().unwrap();
        stage
            .reached("the driver is given back", async || {
                first.index.get(&id).await.is_ok_and(|driver| driver.is_some_and(|d| d.order_id.is_none()))
            })
            .await;
        first.die();
        let done = Arc::new(AtomicBool::new(false));
        let second = stage
            .rig("second", |mut ports, _| {
                ports.fleet = Arc::new(ReleasesLate {
                    inner: ports.fleet,
                    by_token: bug == Bug::Absent,
                    holders: Mutex::default(),
                    next: "two".parse().unwrap(),
                    done: done.clone(),
                });
                ports
            })
            .await;
        // Whoever sweeps would soon put right what the bug does: the role stays with the dead.
        assert!(second.index.sweeps("first", Duration::from_mins(10)).await.unwrap());
        stage.submit(&second, "two").await;
        stage.orders("DISPATCHED", 1).await;
        stage.reached("the late release", async || done.load(Ordering::SeqCst)).await;
        let verdict = stage.judge(&second, &witness, patience(bug)).await;
        assert_eq!(verdict.failed(), expected(bug, &[7]), "{verdict}");
        second.end().await;
        first.end().await;
    });
}

#[test]
fn a_release_without_a_token_takes_the_driver_from_the_next_order() {
    run(Bug::Absent);
    run(Bug::Planted);
}
