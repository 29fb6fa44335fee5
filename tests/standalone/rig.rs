//! A whole Tropa inside the test: the real store and broker in a temp folder, the real tree, and switches that break the
//! outside on purpose.

mod broker;
mod switches;

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::System;
use tempfile::TempDir;
use tropa_dispatch::domain::*;
use tropa_dispatch::drivers::{PutDriver, ReportPositions};
use tropa_dispatch::handles::Handles;
use tropa_dispatch::intake::{Submit, SubmitError, Submitted};
use tropa_dispatch::metrics::Metrics;
use tropa_dispatch::orders::{Command, CommandError, CommandOrder};
use tropa_dispatch::port::*;
use tropa_dispatch::reader::{GetOrder, ReadTimeline};
use tropa_dispatch::settings::Settings;
use tropa_dispatch::tree::{self, Ports};
use tropa_embedded::{
    BrokerSettings, EmbeddedBroker, EmbeddedDriverIndex, EmbeddedInstances, EmbeddedLeases, FleetSettings,
    InProcessFleet,
};
use tropa_sqlite::{Options, SqliteStore};
use tropa_supervision::{ActorSystem, Exit, Root};

pub use broker::SwitchedBroker;
pub use switches::{FleetMode, SwitchedFleet, SwitchedStore};

/// Where the example order is fetched: São Paulo.
pub const PICKUP: (f64, f64) = (-23.5505, -46.6333);

/// How a test waits for something that takes milliseconds: long enough for a machine under load.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running Tropa.
pub struct Rig {
    pub handles: Handles,
    pub store: Arc<SwitchedStore>,
    pub broker: SwitchedBroker,
    pub fleet: Arc<SwitchedFleet>,
    pub index: Arc<EmbeddedDriverIndex>,
    /// What its tree looks like.
    pub drawing: String,
    root: Root,
    folder: TempDir,
}

/// Runs a test on a fresh Tropa, then shuts it down in order and checks that it went.
pub fn with<F: Future<Output = ()>>(settings: Settings, test: impl FnOnce(Arc<Rig>) -> F) {
    with_planted(settings, |ports| ports, test);
}

/// The same with something before its ports.
pub fn with_planted<F: Future<Output = ()>>(
    settings: Settings,
    plant: impl FnOnce(Ports) -> Ports,
    test: impl FnOnce(Arc<Rig>) -> F,
) {
    let runtime =
        Arc::new(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());
    let shared = runtime.clone();
    System::with_tokio_rt(move || shared).block_on(async {
        let rig = Arc::new(Rig::start("rig", settings, &EmbeddedInstances::new(), runtime, plant));
        test(rig.clone()).await;
        rig.stop().await;
    });
}

/// Runs a test on two Tropas that know each other, `a` and `b`, and nothing else in common. The test stops `b`.
pub fn with_two<F: Future<Output = ()>>(settings: Settings, test: impl FnOnce(Arc<Rig>, Arc<Rig>) -> F) {
    let runtime =
        Arc::new(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());
    let shared = runtime.clone();
    System::with_tokio_rt(move || shared).block_on(async {
        let instances = EmbeddedInstances::new();
        let a = Arc::new(Rig::start("a", settings.clone(), &instances, runtime.clone(), |ports| ports));
        let b = Arc::new(Rig::start("b", settings, &instances, runtime, |ports| ports));
        test(a.clone(), b).await;
        a.stop().await;
    });
}

/// The settings of the product, with waits that suit a test.
pub fn quick() -> Settings {
    Settings {
        retry_initial: Duration::from_millis(50),
        retry_max: Duration::from_millis(200),
        ask_again: Duration::from_millis(200),
        ..Settings::default()
    }
}

impl Rig {
    /// Stops in order, and checks that it did.
    pub async fn stop(&self) {
        self.root.shutdown();
        assert_eq!(self.root.wait().await, Exit::Shutdown);
        self.store.inner.close().await.unwrap();
    }

    fn start(
        name: &str,
        settings: Settings,
        instances: &EmbeddedInstances,
        runtime: Arc<tokio::runtime::Runtime>,
        plant: impl FnOnce(Ports) -> Ports,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let sqlite = SqliteStore::open(Options::new(folder.path().join("tropa.db"), clock.clone())).unwrap();
        let store = Arc::new(SwitchedStore::new(sqlite.clone()));
        let broker = SwitchedBroker::new(EmbeddedBroker::new(BrokerSettings::default(), None));
        let index = Arc::new(EmbeddedDriverIndex::new(clock.clone(), Duration::from_mins(1)));
        let fleet = InProcessFleet::new(index.clone(), FleetSettings::default());
        let fleet = Arc::new(SwitchedFleet::new(fleet));
        let ports = Ports {
            orders: store.clone(),
            outbox: Arc::new(sqlite.clone()),
            letters: Arc::new(sqlite.clone()),
            drivers: Arc::new(sqlite.clone()),
            audit: Arc::new(sqlite.clone()),
            operations: Arc::new(sqlite.clone()),
            chronicle: Arc::new(sqlite),
            broker: Arc::new(broker.clone()),
            leases: Arc::new(EmbeddedLeases::new()),
            index: index.clone(),
            fleet: fleet.clone(),
            instances: Arc::new(instances.clone()),
            clock,
        };
        let system = ActorSystem::new(tree::ARBITERS, runtime);
        let metrics = Metrics::register(&prometheus::Registry::new()).unwrap();
        let tree = tree::build(&plant(ports), settings, metrics, &system, Identity::new(name));
        let root = Root::start(&system, tree.top);
        let (handles, drawing) = (tree.handles, tree.drawing);
        Self { handles, store, broker, fleet, index, drawing, root, folder }
    }

    pub async fn driver(&self, id: &str, lat: f64, lng: f64) {
        let id: DriverId = id.parse().unwrap();
        let put = PutDriver { id: id.clone(), name: format!("Driver {id}"), status: DriverStatus::Available };
        self.handles.drivers.here().unwrap().ask(put).await.unwrap().unwrap();
        let report = Report::of(GeoPoint::new(lat, lng).unwrap());
        self.handles.drivers.here().unwrap().ask(ReportPositions(vec![(id, report)])).await.unwrap().unwrap();
    }

    /// Drivers `d-0` … at the example pickup.
    pub async fn drivers(&self, count: usize) {
        for n in 0..count {
            self.driver(&format!("d-{n}"), PICKUP.0, PICKUP.1).await;
        }
    }

    /// Which order holds the driver.
    pub async fn index_order(&self, driver: &str) -> Option<OrderId> {
        self.index.get(&driver.parse().unwrap()).await.unwrap().and_then(|driver| driver.order_id)
    }

    /// The database's file.
    pub fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("tropa.db")
    }

    /// The dead letters' table.
    pub fn letters(&self) -> &dyn DeadLetters {
        &self.store.inner
    }

    /// Parks this many letters of one kind.
    pub async fn park(&self, count: usize) {
        let at = SystemClock.now();
        let letter = |n: usize| DeadLetter {
            id: uuid::Uuid::now_v7(),
            event_id: EventId::fresh(),
            topic: "orders.created".into(),
            order_id: None,
            error: format!("not an order: column {n}"),
            fingerprint: Fingerprint::of_error("not an order: column 1"),
            payload: "{".into(),
            headers: std::collections::BTreeMap::new(),
            attempts: 1,
            first_seen: at,
            last_seen: at,
            state: DeadLetterState::Parked,
            discard_reason: None,
        };
        self.letters().park((0..count).map(letter).collect()).await.unwrap();
    }

    pub async fn submit(&self, id: &str) -> Result<Submitted, SubmitError> {
        self.handles
            .intake
            .here()
            .unwrap()
            .ask(Submit { order: new_order(id), key: None, trace: None })
            .await
            .unwrap()
    }

    /// Submits an order as a client does who gets no answer: again, until there is one.
    pub async fn insist(&self, id: &str) {
        let intake = self.handles.intake.here().unwrap();
        let submit = || Submit { order: new_order(id), key: None, trace: None };
        while !matches!(intake.ask(submit()).await, Ok(Ok(_))) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn order(&self, id: &str) -> Order {
        self.handles.reader.ask(GetOrder(id.parse().unwrap())).await.unwrap().unwrap()
    }

    pub async fn timeline(&self, id: &str) -> Vec<OrderEvent> {
        self.handles.reader.ask(ReadTimeline(id.parse().unwrap())).await.unwrap().unwrap()
    }

    /// Waits until the order is in this state; every step is announced on the feed.
    pub async fn reaches(&self, id: &str, status: Status) -> Order {
        let (_, mut steps) = self.handles.feed.listen();
        let begun = Instant::now();
        loop {
            let order = self.order(id).await;
            if order.status == status {
                return order;
            }
            assert!(begun.elapsed() < PATIENCE, "order {id} is {} and not {status}", order.status);
            let _ = tokio::time::timeout(Duration::from_millis(250), steps.recv()).await;
        }
    }

    pub async fn command(&self, id: &str, command: Command) -> Result<Order, CommandError> {
        let request = CommandOrder { id: id.parse().unwrap(), command, expected_version: None, trace: None };
        self.handles.orders.here().unwrap().command(request, Duration::from_secs(10)).await
    }
}

/// Waits until `done`, looking again now and then.
pub async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(begun.elapsed() < PATIENCE, "{what} did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The README's order, under this id.
pub fn new_order(id: &str) -> NewOrder {
    let details = OrderDetails {
        order_number: None,
        customer_id: None,
        currency: Currency::BRL,
        price: "100.0".parse().unwrap(),
        tax: "10.0".parse().unwrap(),
        items: vec![],
        shipping_address: None,
        billing_address: None,
        pickup: None,
        dropoff: None,
        charges: Charges::default(),
    };
    NewOrder { id: Some(id.parse().unwrap()), details }
}
