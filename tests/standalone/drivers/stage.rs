//! A `DriverRegistry` in a tree of its own, over the real index and a store that a test can break.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio::runtime::Runtime;
use tokio::sync::RwLock;
use tropa_dispatch::domain::*;
use tropa_dispatch::drivers::{DriverPorts, DriverRegistry, GetDriver};
use tropa_dispatch::metrics::Metrics;
use tropa_dispatch::port::*;
use tropa_dispatch::settings::Settings;
use tropa_dispatch::testing::sample::creation;
use tropa_embedded::EmbeddedDriverIndex;
use tropa_supervision::{ActorStatus, ActorSystem, Budget, Policy, Ref, Root, Strategy, SupervisorSpec};

/// Nothing a test waits for takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A drivers' table and the assignments of an orders' table, in memory.
#[derive(Default)]
pub struct Shelf {
    pub drivers: Mutex<BTreeMap<DriverId, Driver>>,
    pub assignments: Mutex<Vec<Assignment>>,
    /// Where orders are that do not wait for a driver; `None`: there is no such order.
    pub orders: Mutex<HashMap<OrderId, Option<Status>>>,
    /// Orders that end after their assignment was read.
    pub ended: Mutex<HashSet<OrderId>>,
    pub down: AtomicBool,
    /// Batches with this driver's position are answered with a fault.
    pub cursed: Mutex<Option<DriverId>>,
    /// Whoever holds it for writing makes the store slow.
    pub gate: RwLock<()>,
}

impl Shelf {
    pub fn with(drivers: impl IntoIterator<Item = Driver>) -> Self {
        let drivers = drivers.into_iter().map(|driver| (driver.id.clone(), driver)).collect();
        Self { drivers: Mutex::new(drivers), ..Self::default() }
    }

    pub fn position(&self, driver: &str) -> Option<Position> {
        self.drivers.lock().unwrap().get(&driver.parse().unwrap())?.position
    }

    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    async fn answer<T>(&self, ask: impl FnOnce(&Self) -> T) -> Result<T, StoreError> {
        let _open = self.gate.read().await;
        if self.down.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("the test switched it off".into()));
        }
        Ok(ask(self))
    }
}

#[async_trait]
impl DriverStore for Shelf {
    async fn save(&self, drivers: Vec<Driver>) -> Result<(), StoreError> {
        let save = |shelf: &Self| {
            let mut table = shelf.drivers.lock().unwrap();
            for driver in drivers {
                let last = table.get(&driver.id).and_then(|known| known.position);
                table.insert(driver.id.clone(), Driver { position: driver.position.or(last), ..driver });
            }
        };
        self.answer(save).await
    }

    async fn save_positions(&self, positions: Vec<(DriverId, Position)>) -> Result<(), StoreError> {
        if let Some(cursed) = self.cursed.lock().unwrap().clone()
            && positions.iter().any(|(id, _)| *id == cursed)
        {
            return Err(StoreError::Fault(format!("driver {cursed} is cursed")));
        }
        let save = |shelf: &Self| {
            let mut table = shelf.drivers.lock().unwrap();
            for (id, position) in positions {
                table.get_mut(&id).expect("only known drivers are saved").position = Some(position);
            }
        };
        self.answer(save).await
    }

    async fn delete(&self, driver: DriverId) -> Result<bool, StoreError> {
        self.answer(|shelf| shelf.drivers.lock().unwrap().remove(&driver).is_some()).await
    }

    async fn silent(
        &self,
        _: Vec<OrderId>,
        _: Duration,
    ) -> Result<Vec<(OrderId, OffsetDateTime)>, StoreError> {
        not_here()
    }

    async fn silent_orders(&self, _: Duration) -> Result<u64, StoreError> {
        not_here()
    }

    async fn load(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Driver>, StoreError> {
        let load = |shelf: &Self| {
            let table = shelf.drivers.lock().unwrap();
            let behind = table.values().filter(|driver| after.as_ref().is_none_or(|id| driver.id > *id));
            behind.take(limit as usize).cloned().collect()
        };
        self.answer(load).await
    }
}

fn not_here<T>() -> Result<T, StoreError> {
    Err(StoreError::Fault("the registry asks for assignments and orders only".into()))
}

#[async_trait]
impl OrderStore for Shelf {
    async fn assignments(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Assignment>, StoreError> {
        let page = |shelf: &Self| {
            let mut all = shelf.assignments.lock().unwrap().clone();
            all.sort_by(|a, b| a.driver_id.cmp(&b.driver_id));
            all.retain(|assignment| after.as_ref().is_none_or(|id| assignment.driver_id > *id));
            all.truncate(limit as usize);
            all
        };
        self.answer(page).await
    }
    async fn assigned(&self, claims: Vec<Assignment>) -> Result<Vec<bool>, StoreError> {
        let check = |shelf: &Self| {
            let (all, ended) = (shelf.assignments.lock().unwrap(), shelf.ended.lock().unwrap());
            claims.iter().map(|claim| all.contains(claim) && !ended.contains(&claim.order_id)).collect()
        };
        self.answer(check).await
    }
    async fn create(&self, _: Arc<[Creation]>) -> Result<Vec<Created>, StoreError> {
        not_here()
    }
    async fn apply(&self, _: Arc<[Write]>) -> Result<Vec<Applied>, StoreError> {
        not_here()
    }
    async fn load(&self, ids: Vec<OrderId>) -> Result<Vec<Option<Order>>, StoreError> {
        let find = |shelf: &Self| {
            let orders = shelf.orders.lock().unwrap();
            let status = |id: &OrderId| orders.get(id).copied().unwrap_or(Some(Status::Pending));
            let order = |id: &OrderId, status| Order { status, ..creation(id.as_str()).order };
            ids.iter().map(|id| status(id).map(|status| order(id, status))).collect()
        };
        self.answer(find).await
    }
    async fn load_by_number(&self, _: OrderNumber) -> Result<Option<Order>, StoreError> {
        not_here()
    }
    async fn list(&self, _: OrderQuery) -> Result<OrderPage, StoreError> {
        not_here()
    }
    async fn stranded(&self, _: OffsetDateTime, _: u32) -> Result<Vec<OrderId>, StoreError> {
        not_here()
    }
    async fn timeline(&self, _: OrderId) -> Result<Vec<OrderEvent>, StoreError> {
        not_here()
    }
    async fn census(&self) -> Result<Census, StoreError> {
        not_here()
    }
    async fn answered(&self, _: Vec<EventId>) -> Result<Vec<bool>, StoreError> {
        not_here()
    }
    async fn prune(&self, _: PruneBefore, _: u32) -> Result<u64, StoreError> {
        not_here()
    }
    async fn check(&self) -> Result<(), StoreError> {
        not_here()
    }
}

/// A registry that runs until the stage is dropped.
pub struct Stage {
    pub registry: Ref<DriverRegistry>,
    pub index: EmbeddedDriverIndex,
    pub shelf: Arc<Shelf>,
    pub system: ActorSystem,
    root: Root,
    runtime: Arc<Runtime>,
}

impl Stage {
    pub fn new(shelf: Shelf, settings: Settings) -> Self {
        let runtime = Arc::new(Runtime::new().unwrap());
        let system = ActorSystem::new(1, runtime.clone());
        let shelf = Arc::new(shelf);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let index = EmbeddedDriverIndex::new(clock.clone(), settings.driver_max_age);
        let ports = DriverPorts {
            index: Arc::new(index.clone()),
            drivers: shelf.clone(),
            orders: shelf.clone(),
            clock,
            metrics: Arc::new(Metrics::register(&prometheus::Registry::new()).unwrap()),
        };
        let settings = Arc::new(settings);
        let registry = Ref::new("drivers", Policy::new(64), move |_| {
            DriverRegistry::new(ports.clone(), settings.clone())
        });
        let top = SupervisorSpec::new(Strategy::OneForOne, Budget::new(5, Duration::from_mins(1)));
        let root = Root::start(&system, top.child(&registry).into_ref("top", Policy::new(16)));
        Self { registry, index, shelf, system, root, runtime }
    }

    /// A registry that has restored what is on the shelf.
    pub fn restored(shelf: Shelf) -> Self {
        let stage = Self::new(shelf, Settings::default());
        stage.play(stage.restoration());
        stage
    }

    /// Waits until the index was restored (again): then whoever waits is to ask.
    pub async fn restoration(&self) {
        assert!(self.index.handovers().next().await.forgotten);
    }

    /// Runs a scene; none may take for ever.
    pub fn play<T>(&self, scene: impl Future<Output = T>) -> T {
        self.runtime.block_on(async { tokio::time::timeout(PATIENCE, scene).await.expect("a scene hangs") })
    }

    pub fn status(&self) -> ActorStatus {
        self.system.status("/top/drivers").unwrap()
    }

    pub async fn get(&self, driver: &str) -> Driver {
        self.registry.ask(GetDriver(driver.parse().unwrap())).await.unwrap().unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.root.shutdown();
        self.root.wait_timeout(PATIENCE);
    }
}

/// Waits for what nobody announces.
pub async fn until(mut fulfilled: impl FnMut() -> bool) {
    while !fulfilled() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
