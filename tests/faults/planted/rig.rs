//! A Tropa inside the test, over the real adapters and servers. It dies by losing every connection at once: to the servers
//! that is what a killed process looks like.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use actix::System;
use tokio::runtime::Runtime;
use tropa_dispatch::{
    domain::*,
    drivers::{PutDriver, ReportPositions},
    handles::Handles,
    intake::Submit,
    metrics::Metrics,
    orders::{Command, CommandOrder},
    port::*,
    settings::Settings,
    tree::{self, Ports},
};
use tropa_embedded::{EmbeddedInstances, FleetSettings, InProcessFleet};
use tropa_postgres::PostgresStore;
use tropa_rabbitmq::RabbitBroker;
use tropa_redis::{Connections, RedisDriverIndex, RedisLeases};
use tropa_supervision::{ActorSystem, Root};

use crate::{
    checker::{self, Attempt, Evidence, HeldDriver, Outcome, Verdict, Wanted},
    database::Database,
    evidence,
    instance::{Servers, authority, through},
    proxy::Proxy,
    servers::servers,
    witness::Witness,
};

/// Long enough for a machine under load.
const PATIENCE: Duration = Duration::from_secs(20);
/// Leases on events, rows and drivers.
const LEASE: Duration = Duration::from_secs(3);
/// Where orders are fetched: the default pickup.
const PICKUP: (f64, f64) = (-23.5505, -46.6333);

/// A place of its own on the servers, and what was seen there.
pub struct Stage {
    pub servers: Servers,
    pub database: Database,
    attempts: Mutex<Vec<Attempt>>,
    runtime: Arc<Runtime>,
}

/// A running Tropa.
pub struct Rig {
    pub handles: Handles,
    pub index: Arc<RedisDriverIndex>,
    pub links: Arc<Links>,
    root: Root,
}

/// The proxies in front of the servers.
pub struct Links {
    pub database: Proxy,
    pub broker: Proxy,
    pub redis: Proxy,
}

/// Runs a test on a fresh stage.
pub fn with<F: Future<Output = ()>>(test: impl FnOnce(Arc<Stage>) -> F) {
    let runtime =
        Arc::new(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());
    let shared = runtime.clone();
    System::with_tokio_rt(move || shared).block_on(async {
        let redis = servers().redis();
        let servers = Servers {
            database: servers().database().await,
            broker: servers().vhost().await,
            redis: redis.url,
            prefix: redis.prefix,
        };
        let database = Database::at(&servers.database);
        let attempts = Mutex::default();
        test(Arc::new(Stage { servers, database, attempts, runtime })).await;
    });
}

impl Stage {
    /// Starts a Tropa; `plant` may put something before its ports.
    pub async fn rig(&self, name: &str, plant: impl FnOnce(Ports, &Arc<Links>) -> Ports) -> Rig {
        self.rig_of(name, |settings| settings, plant).await
    }

    /// The same with other settings.
    pub async fn rig_of(
        &self,
        name: &str,
        set: impl FnOnce(Settings) -> Settings,
        plant: impl FnOnce(Ports, &Arc<Links>) -> Ports,
    ) -> Rig {
        let links = Arc::new(Links {
            database: Proxy::to(authority(&self.servers.database)).await,
            broker: Proxy::to(authority(&self.servers.broker)).await,
            redis: Proxy::to(authority(&self.servers.redis)).await,
        });
        let settings = set(Settings {
            retry_initial: Duration::from_millis(100),
            retry_max: Duration::from_secs(1),
            ask_again: Duration::from_secs(1),
            event_lease: LEASE,
            outbox_lease: LEASE,
            claim_lease: LEASE,
            // A search may be held up without anything being wrong with the fleet.
            fleet_deadline: Duration::from_mins(1),
            ..Settings::default()
        });
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let database = through(&self.servers.database, &links.database);
        let store = PostgresStore::open(tropa_postgres::Options::new(database, clock.clone())).unwrap();
        let broker = RabbitBroker::new(tropa_rabbitmq::Options {
            url: through(&self.servers.broker, &links.broker),
            ca: None,
            window: 200,
            timeout: Duration::from_secs(2),
            instance: name.to_owned(),
        });
        let connections = Connections::open(tropa_redis::Options {
            url: through(&self.servers.redis, &links.redis),
            ca: None,
            prefix: self.servers.prefix.clone(),
            pool: 2,
            timeout: Duration::from_millis(250),
        })
        .unwrap();
        let index = Arc::new(RedisDriverIndex::new(connections.clone(), settings.driver_max_age));
        let how = FleetSettings { max_age: settings.driver_max_age, lease: settings.claim_lease };
        let ports = Ports {
            orders: Arc::new(store.clone()),
            outbox: Arc::new(store.clone()),
            letters: Arc::new(store.clone()),
            audit: Arc::new(store.clone()),
            operations: Arc::new(store.clone()),
            drivers: Arc::new(store.clone()),
            chronicle: Arc::new(store),
            broker: Arc::new(broker.unwrap()),
            leases: Arc::new(RedisLeases::new(connections)),
            index: index.clone(),
            fleet: Arc::new(InProcessFleet::new(index.clone(), how)),
            instances: Arc::new(EmbeddedInstances::new()),
            clock,
        };
        let ports = plant(ports, &links);
        let system = ActorSystem::new(tree::ARBITERS, self.runtime.clone());
        let metrics = Metrics::register(&prometheus::Registry::new()).unwrap();
        let tree = tree::build(&ports, settings, metrics, &system, Identity::new(name));
        let root = Root::start(&system, tree.top);
        Rig { handles: tree.handles, index, links, root }
    }

    /// Asks for an order, and writes down what came of it.
    pub async fn submit(&self, rig: &Rig, id: &str) {
        let wanted = Wanted::Create { id: id.to_owned(), key: None, price: 10_000 };
        let began = Instant::now();
        loop {
            let request = Submit { order: new_order(id), key: None, trace: None };
            match rig.handles.intake.here().unwrap().ask(request).await {
                Ok(Ok(_)) => break,
                other => assert!(began.elapsed() < PATIENCE, "{id}: {other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.note(wanted, Outcome::Accepted { status: 201, id: id.to_owned(), version: 1 });
    }

    /// Tells an order something, and writes down what came of it.
    pub async fn command(&self, rig: &Rig, id: &str, command: Command, event: &str) -> bool {
        let request = CommandOrder { id: id.parse().unwrap(), command, expected_version: None, trace: None };
        let wanted = Wanted::Command { id: id.to_owned(), event: event.to_owned() };
        match rig.handles.orders.here().unwrap().command(request, Duration::from_secs(10)).await {
            Ok(order) => {
                let version = order.version as i64;
                self.note(wanted, Outcome::Accepted { status: 200, id: id.to_owned(), version });
                true
            }
            Err(error) => {
                self.note(wanted, Outcome::Unknown { why: error.to_string() });
                false
            }
        }
    }

    fn note(&self, wanted: Wanted, outcome: Outcome) {
        let mut attempts = self.attempts.lock().unwrap();
        let number = attempts.len() as u64;
        attempts.push(Attempt { number, wanted, outcome });
    }

    /// Waits for something that is on its way.
    pub async fn reached(&self, what: &str, mut there: impl AsyncFnMut() -> bool) {
        let began = Instant::now();
        while !there().await {
            assert!(began.elapsed() < PATIENCE, "inconclusive: {what}: never seen");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until this many orders are in a state.
    pub async fn orders(&self, status: &str, count: i64) {
        let sql = format!("SELECT count(*) FROM orders WHERE status = '{status}'");
        self.reached(&format!("{count} {status}"), async || self.database.count(&sql).await >= count).await;
    }

    /// The ten checks; those that fail after everything had `patience` to come right.
    pub async fn judge(&self, rig: &Rig, witness: &Witness, patience: Duration) -> Verdict {
        let began = Instant::now();
        loop {
            let verdict = checker::check(&self.evidence(rig, witness).await);
            if verdict.findings.is_empty() || began.elapsed() > patience {
                println!("{verdict}");
                return verdict;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn evidence(&self, rig: &Rig, witness: &Witness) -> Evidence {
        let mut evidence = self.database.load().await.expect("the database can be read");
        evidence.ledger.clone_from(&self.attempts.lock().unwrap());
        evidence.audit = witness.seen();
        let filter = DriverFilter { limit: 1_000, ..DriverFilter::default() };
        let drivers = rig.index.list(filter).await.expect("the index can be read");
        let held = drivers.into_iter().filter_map(|driver| {
            Some(HeldDriver { driver_id: driver.id.to_string(), order: driver.order_id?.to_string() })
        });
        evidence.claims = held.collect();
        let ready = evidence::ready(&self.servers.broker, "orders.dispatch").await.expect("the queue");
        evidence.left.push(("messages ready".to_owned(), ready));
        evidence
    }
}

impl Rig {
    /// It is gone, as far as anybody can see.
    pub fn die(&self) {
        for link in [&self.links.database, &self.links.broker, &self.links.redis] {
            link.cut();
        }
    }

    /// Ends its threads.
    pub async fn end(self) {
        self.root.shutdown();
        let _ = tokio::time::timeout(PATIENCE, self.root.wait()).await;
    }

    /// A driver who takes orders, at the default pickup.
    pub async fn driver(&self, id: &str) {
        let id: DriverId = id.parse().unwrap();
        let began = Instant::now();
        loop {
            let name = format!("Driver {id}");
            let put = PutDriver { id: id.clone(), name, status: DriverStatus::Available };
            match self.handles.drivers.here().unwrap().ask(put).await {
                Ok(Ok(_)) => break,
                other => assert!(began.elapsed() < PATIENCE, "{id}: {other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let point = GeoPoint::new(PICKUP.0, PICKUP.1).unwrap();
        self.handles
            .drivers
            .here()
            .unwrap()
            .ask(ReportPositions(vec![(id, Report::of(point))]))
            .await
            .unwrap()
            .unwrap();
    }

    /// Drivers `d-0` ….
    pub async fn drivers(&self, count: usize) {
        for n in 0..count {
            self.driver(&format!("d-{n}")).await;
        }
    }
}

fn new_order(id: &str) -> NewOrder {
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
