//! Switches that break the outside on purpose.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use time::OffsetDateTime;
use tropa_dispatch::domain::*;
use tropa_dispatch::port::*;
use tropa_embedded::InProcessFleet;
use tropa_sqlite::SqliteStore;

/// A fleet service with a switch.
pub struct SwitchedFleet {
    inner: InProcessFleet,
    mode: AtomicU8,
    pub calls: AtomicUsize,
    pub releases: AtomicUsize,
}

/// What the switch can be set to.
#[derive(Clone, Copy)]
#[repr(u8)]
pub enum FleetMode {
    Works,
    Fails,
    Hangs,
    /// Searches find `d-0`, whoever has them.
    Repeats,
    /// Searches are wrong.
    RefusesSearches,
    /// Releases are wrong, searches are not.
    RefusesReleases,
}

impl SwitchedFleet {
    pub fn new(inner: InProcessFleet) -> Self {
        let mode = AtomicU8::new(FleetMode::Works as u8);
        Self { inner, mode, calls: AtomicUsize::default(), releases: AtomicUsize::default() }
    }

    pub fn set(&self, mode: FleetMode) {
        self.mode.store(mode as u8, Ordering::SeqCst);
    }
}

#[async_trait]
impl Fleet for SwitchedFleet {
    async fn search(&self, request: SearchRequest) -> Result<Option<Claim>, FleetError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        match self.mode.load(Ordering::SeqCst) {
            mode if mode == FleetMode::Fails as u8 => Err(FleetError::Unavailable("switched off".into())),
            mode if mode == FleetMode::Hangs as u8 => std::future::pending().await,
            mode if mode == FleetMode::Repeats as u8 => Ok(Some(Claim {
                driver_id: "d-0".parse().unwrap(),
                driver_name: "Driver d-0".into(),
                distance_m: 1.0,
                token: ClaimToken::fresh(),
            })),
            mode if mode == FleetMode::RefusesSearches as u8 => {
                Err(FleetError::Refused("no such city".into()))
            }
            _ => self.inner.search(request).await,
        }
    }

    async fn release(&self, claim: Release) -> Result<bool, FleetError> {
        self.releases.fetch_add(1, Ordering::SeqCst);
        match self.mode.load(Ordering::SeqCst) {
            mode if mode == FleetMode::Works as u8 => self.inner.release(claim).await,
            mode if mode == FleetMode::RefusesReleases as u8 => {
                Err(FleetError::Refused("no such claim".into()))
            }
            _ => Err(FleetError::Unavailable("switched off".into())),
        }
    }
}

/// A store with a switch.
pub struct SwitchedStore {
    pub inner: SqliteStore,
    pub down: AtomicBool,
    /// How often it was asked whether it takes writes.
    pub checks: AtomicUsize,
    /// Batches that touch this order are answered with a fault.
    cursed: Mutex<Option<OrderId>>,
}

fn touches(write: &Write, order: &OrderId) -> bool {
    match &write.change {
        Change::Transition(step) => step.order.id == *order,
        Change::Postpone(postponement) => postponement.envelope.order_id == *order,
        Change::Park(letter, _) => letter.order_id.as_ref() == Some(order),
        Change::Nothing => false,
    }
}

impl SwitchedStore {
    pub fn new(inner: SqliteStore) -> Self {
        Self { inner, down: AtomicBool::default(), checks: AtomicUsize::default(), cursed: Mutex::default() }
    }

    fn check_switch(&self) -> Result<(), StoreError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("switched off".into()));
        }
        Ok(())
    }

    pub fn curse(&self, order: Option<&str>) {
        *self.cursed.lock().unwrap() = order.map(|id| id.parse().unwrap());
    }

    fn check_curse(&self, touched: impl FnOnce(&OrderId) -> bool) -> Result<(), StoreError> {
        match self.cursed.lock().unwrap().as_ref().filter(|order| touched(order)) {
            Some(order) => Err(StoreError::Fault(format!("order {order} is cursed"))),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl OrderStore for SwitchedStore {
    async fn create(&self, batch: Arc<[Creation]>) -> Result<Vec<Created>, StoreError> {
        self.check_switch()?;
        self.check_curse(|id| batch.iter().any(|creation| creation.order.id == *id))?;
        self.inner.create(batch).await
    }
    async fn apply(&self, batch: Arc<[Write]>) -> Result<Vec<Applied>, StoreError> {
        self.check_switch()?;
        self.check_curse(|id| batch.iter().any(|write| touches(write, id)))?;
        self.inner.apply(batch).await
    }
    async fn load(&self, ids: Vec<OrderId>) -> Result<Vec<Option<Order>>, StoreError> {
        self.check_switch()?;
        self.check_curse(|id| ids.contains(id))?;
        OrderStore::load(&self.inner, ids).await
    }
    async fn load_by_number(&self, number: OrderNumber) -> Result<Option<Order>, StoreError> {
        self.check_switch()?;
        self.inner.load_by_number(number).await
    }
    async fn list(&self, query: OrderQuery) -> Result<OrderPage, StoreError> {
        self.check_switch()?;
        OrderStore::list(&self.inner, query).await
    }
    async fn stranded(&self, before: OffsetDateTime, limit: u32) -> Result<Vec<OrderId>, StoreError> {
        self.check_switch()?;
        self.inner.stranded(before, limit).await
    }
    async fn timeline(&self, id: OrderId) -> Result<Vec<OrderEvent>, StoreError> {
        self.check_switch()?;
        self.inner.timeline(id).await
    }
    async fn census(&self) -> Result<Census, StoreError> {
        self.check_switch()?;
        self.inner.census().await
    }
    async fn answered(&self, events: Vec<EventId>) -> Result<Vec<bool>, StoreError> {
        self.check_switch()?;
        self.inner.answered(events).await
    }
    async fn assignments(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Assignment>, StoreError> {
        self.check_switch()?;
        self.inner.assignments(after, limit).await
    }
    async fn assigned(&self, claims: Vec<Assignment>) -> Result<Vec<bool>, StoreError> {
        self.check_switch()?;
        self.inner.assigned(claims).await
    }
    async fn prune(&self, before: PruneBefore, limit: u32) -> Result<u64, StoreError> {
        self.check_switch()?;
        self.inner.prune(before, limit).await
    }
    async fn check(&self) -> Result<(), StoreError> {
        self.checks.fetch_add(1, Ordering::SeqCst);
        self.check_switch()?;
        self.inner.check().await
    }
}
