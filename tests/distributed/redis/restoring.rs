//! A registry of drivers whose Redis comes back empty.

use std::sync::Arc;
use std::time::Duration;

use ::redis::cmd;
use tokio::runtime::Runtime;
use tropa_dispatch::domain::{EventId, GeoPoint};
use tropa_dispatch::drivers::{DriverError, DriverPorts, DriverRegistry, GetDriver};
use tropa_dispatch::metrics::Metrics;
use tropa_dispatch::port::{
    Applied, ClaimRequest, DriverFilter, DriverIndex, DriverStore, OrderStore, SystemClock,
};
use tropa_dispatch::settings::Settings;
use tropa_dispatch::testing::driver_index::{at, driver};
use tropa_dispatch::testing::sample::{answer, creation, dispatched};
use tropa_postgres::{Options, PostgresStore};
use tropa_redis::{Connections, RedisDriverIndex};
use tropa_supervision::{ActorSystem, Budget, Policy, Ref, Root, Strategy, SupervisorSpec};

use super::server::{OwnRedis, until};
use crate::servers::servers;

const MINUTE: Duration = Duration::from_mins(1);

/// The registry of one instance, on stores that others use too. Stopped when dropped.
struct Instance {
    registry: Ref<DriverRegistry>,
    root: Root,
}

impl Instance {
    fn start(runtime: &Arc<Runtime>, store: &PostgresStore, connections: Connections) -> Self {
        let system = ActorSystem::new(1, runtime.clone());
        let ports = DriverPorts {
            index: Arc::new(RedisDriverIndex::new(connections, MINUTE)),
            drivers: Arc::new(store.clone()),
            orders: Arc::new(store.clone()),
            clock: Arc::new(SystemClock),
            metrics: Arc::new(Metrics::register(&prometheus::Registry::new()).unwrap()),
        };
        let registry = Ref::new("drivers", Policy::new(64), move |_| {
            DriverRegistry::new(ports.clone(), Arc::new(Settings::default()))
        });
        let top = SupervisorSpec::new(Strategy::OneForOne, Budget::new(5, MINUTE));
        let root = Root::start(&system, top.child(&registry).into_ref("top", Policy::new(16)));
        Self { registry, root }
    }

    /// Who they are, once that is known. Nobody who exists is ever called unknown.
    async fn driver(&self, id: &str) -> tropa_dispatch::domain::Driver {
        until("the driver is restored", async || {
            match self.registry.ask(GetDriver(id.parse().unwrap())).await.unwrap() {
                Ok(driver) => Some(driver),
                Err(DriverError::Restoring | DriverError::Index(_)) => None,
                Err(other) => panic!("{other:?}"),
            }
        })
        .await
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.root.shutdown();
        self.root.wait_timeout(Duration::from_secs(20));
    }
}

fn ask(order: &str, pickup: GeoPoint) -> ClaimRequest {
    ClaimRequest {
        order_id: order.parse().unwrap(),
        pickup,
        radius_m: 5_000.0,
        excluded: Vec::new(),
        driver: None,
        max_age: MINUTE,
        lease: MINUTE,
        wait: None,
    }
}

async fn store() -> PostgresStore {
    PostgresStore::open(Options::new(servers().database().await, Arc::new(SystemClock))).unwrap()
}

#[test]
fn positions_and_assignments_come_back_into_an_empty_redis() {
    let runtime = Arc::new(Runtime::new().unwrap());
    let (mut server, store) = runtime.block_on(async { tokio::join!(OwnRedis::start(&[]), store()) });
    let here = at(0.0, 0.0);
    runtime.block_on(async {
        store.save(vec![driver("busy", here), driver("free", at(0.01, 0.0))]).await.unwrap();
        let order = creation("o1");
        store.create(vec![order.clone()].into()).await.unwrap();
        let step = answer(EventId::fresh(), dispatched(&order.order, "busy"));
        assert_eq!(store.apply(vec![step].into()).await.unwrap(), [Applied::Done]);
    });
    let instances = [(); 2].map(|()| Instance::start(&runtime, &store, server.connections()));
    let index = RedisDriverIndex::new(server.connections(), MINUTE);
    runtime.block_on(async {
        let assigned = Some("o1".parse().unwrap());
        for round in 0..3 {
            for instance in &instances {
                assert_eq!(instance.driver("busy").await.order_id, assigned, "round {round}");
                assert_eq!(instance.driver("free").await.position.unwrap().point, at(0.01, 0.0));
            }
            let claim = index.claim(ask(&format!("claims-{round}"), here)).await.unwrap();
            assert_eq!(claim.unwrap().driver_id.as_str(), "free", "who is nearer has an order");
            server.kill();
            server.start_again().await;
            until("the index is complete", async || {
                index.filling().await.ok().filter(|filling| filling.complete)
            })
            .await;
        }
    });
}

#[test]
fn an_index_that_says_it_is_complete_is() {
    const DRIVERS: u32 = 2_500;
    let runtime = Arc::new(Runtime::new().unwrap());
    let (server, store) = runtime.block_on(async { tokio::join!(OwnRedis::start(&[]), store()) });
    let drivers = (0..DRIVERS).map(|n| driver(&format!("d{n:04}"), at(0.0, 0.0))).collect();
    runtime.block_on(store.save(drivers)).unwrap();
    let instances = [(); 2].map(|()| Instance::start(&runtime, &store, server.connections()));
    let connections = server.connections();
    let index = RedisDriverIndex::new(connections.clone(), MINUTE);
    runtime.block_on(async {
        for round in 0..6 {
            // Now and then in the middle of the filling that the last one caused.
            if round % 3 > 0 {
                until("filling has begun", async || {
                    let all = DriverFilter { limit: DRIVERS, ..DriverFilter::default() };
                    index.list(all).await.ok().filter(|drivers| !drivers.is_empty())
                })
                .await;
            }
            until("it is emptied", async || connections.ask(&cmd("FLUSHALL")).await.ok()).await;
            if round % 3 < 2 {
                continue;
            }
            until("the index is complete", async || {
                index.filling().await.ok().filter(|filling| filling.complete)
            })
            .await;
            let all = DriverFilter { limit: 2 * DRIVERS, ..DriverFilter::default() };
            assert_eq!(index.list(all).await.unwrap().len(), DRIVERS as usize, "round {round}");
        }
    });
    drop(instances);
}
