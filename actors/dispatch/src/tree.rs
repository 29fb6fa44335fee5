//! The supervision tree, top to bottom: every child with its restart kind, budget, mailbox and shutdown time.
//!
//! ```text
//! tropa                        one_for_one   5 in 60 s
//! ├─ journal                   group commit of transitions
//! ├─ orders                    one_for_one   20 in 60 s: shard-0 … shard-n, each owning the OrderAggregates of its ids
//! ├─ fleet                     one_for_one   10 in 60 s: drivers
//! ├─ dispatch                  rest_for_one  10 in 60 s
//! │   ├─ fleet-client
//! │   ├─ breaker
//! │   ├─ idempotency-guard
//! │   └─ consumer-pool         one_for_one   20 in 60 s: consumer-0 … consumer-n
//! ├─ outbox                    one_for_one   10 in 60 s: relay, pruner
//! ├─ intake
//! ├─ reader
//! └─ upkeep                    one_for_one   10 in 60 s: dead-letter-drain, claim-sweeper, redispatcher, heartbeat
//! ```
//!
//! Children start in this order and stop in reverse: first nothing new comes in, then the relay waits for its confirms
//! while consumers still settle, then consumers finish while orders and journal still answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};
use tropa_supervision::{ActorSystem, Backoff, Budget, Policy, Ref, Strategy, Supervisor, SupervisorSpec};

use crate::breaker::BreakerActor;
use crate::consumer::{Consumer, Worker};
use crate::dead_letters::{DeadLetterDrain, DeadLetterPorts};
use crate::drivers::{DriverPorts, DriverRegistry};
use crate::feed::Feed;
use crate::fleet_client::FleetClient;
use crate::guard::IdempotencyGuard;
use crate::handles::Handles;
use crate::intake::Intake;
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::orders::{Desk, JOBS_PER_SHARD, OrderShard, Orders};
use crate::port::{Broker, Clock, DeadLetters, DriverIndex, DriverStore, Fleet, Leases, OrderStore, Outbox};
use crate::reader::{Reader, ReaderPorts};
use crate::relay::{OutboxRelay, RelayPorts, Wakeups};
use crate::settings::Settings;
use crate::upkeep::{ClaimSweeper, Heartbeat, Pruner, Redispatcher};

/// Everything the actors need from the outside.
#[derive(Clone)]
pub struct Ports {
    /// The system of record.
    pub orders: Arc<dyn OrderStore>,
    /// Its outbox.
    pub outbox: Arc<dyn Outbox>,
    /// Its dead letters.
    pub letters: Arc<dyn DeadLetters>,
    /// Its drivers.
    pub drivers: Arc<dyn DriverStore>,
    /// The transport of events.
    pub broker: Arc<dyn Broker>,
    /// Leases on events.
    pub leases: Arc<dyn Leases>,
    /// Drivers by place.
    pub index: Arc<dyn DriverIndex>,
    /// The fleet service.
    pub fleet: Arc<dyn Fleet>,
    /// Notified whenever a driver can be given orders (again): orders that wait for one are woken.
    pub driver_available: Arc<Notify>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// A tree that is not started yet.
pub struct Tree {
    /// Its top; hand it to [`tropa_supervision::Root::start`].
    pub top: Ref<Supervisor>,
    /// What the edges ask.
    pub handles: Handles,
}

/// The arbiter of the dispatch path: its actors talk to each other all the time.
const PIPELINE: usize = 1;

/// The arbiter of what the edges ask, and of the relay.
const EDGE: usize = 2;

/// Arbiters the tree is laid out for.
pub const ARBITERS: usize = 2;

const MINUTE: Duration = Duration::from_mins(1);

fn policy(capacity: usize, arbiter: usize) -> Policy {
    let backoff =
        Backoff { initial: Duration::from_millis(10), max: Duration::from_secs(5), reset_after: MINUTE };
    Policy::new(capacity).arbiter(arbiter).backoff(backoff).shutdown(Duration::from_secs(5))
}

/// Has work of its own in hand when it is told to stop.
fn draining(capacity: usize, arbiter: usize) -> Policy {
    policy(capacity, arbiter).shutdown(Duration::from_secs(10))
}

fn supervisor() -> Policy {
    policy(1_024, 0).shutdown(Duration::from_secs(25))
}

/// Lays out the tree over these ports. `instance` names this process in leases.
pub fn build(
    ports: &Ports,
    settings: Settings,
    metrics: Metrics,
    system: &ActorSystem,
    instance: &str,
) -> Tree {
    let (settings, metrics, feed) = (Arc::new(settings), Arc::new(metrics), Feed::default());
    let driver_available = ports.driver_available.clone();
    let breaker_closed = watch::Sender::new(0);
    let fleet_back = breaker_closed.subscribe();

    let journal = journal(ports, &settings, &metrics);
    let client = fleet_client(ports, &settings, &metrics);
    let breaker = breaker(&client, &settings, &metrics, breaker_closed);
    let desk = Arc::new(Desk {
        store: ports.orders.clone(),
        journal: journal.clone(),
        breaker: breaker.clone(),
        client: client.clone(),
        clock: ports.clock.clone(),
        settings: settings.clone(),
        metrics: metrics.clone(),
        feed: feed.clone(),
    });
    let shards: Vec<_> = (0..settings.shards.max(1)).map(|n| shard(n, &desk)).collect();
    let orders = Orders::new(shards.clone());
    let guard = guard(ports, &settings, &metrics, instance);
    let worker = Arc::new(Worker {
        guard: guard.clone(),
        orders: orders.clone(),
        client: client.clone(),
        journal: journal.clone(),
        clock: ports.clock.clone(),
        settings: settings.clone(),
        metrics: metrics.clone(),
    });
    let drivers = drivers(ports, &settings);
    let relay = {
        let ports = RelayPorts {
            outbox: ports.outbox.clone(),
            broker: ports.broker.clone(),
            clock: ports.clock.clone(),
            settings: settings.clone(),
            metrics: metrics.clone(),
        };
        let wakeups = Wakeups { driver_available: driver_available.clone(), fleet_back: fleet_back.clone() };
        let owner: Arc<str> = format!("{instance}/relay").into();
        Ref::new("relay", draining(64, EDGE), move |_| {
            OutboxRelay::new(ports.clone(), owner.clone(), wakeups.clone())
        })
    };
    let intake = intake(ports, &settings, &metrics, &feed);
    let reader = reader(ports, &settings, &metrics);
    let dead_letters = {
        let ports = DeadLetterPorts {
            letters: ports.letters.clone(),
            store: ports.orders.clone(),
            broker: ports.broker.clone(),
            orders: orders.clone(),
            clock: ports.clock.clone(),
        };
        Ref::new("dead-letter-drain", draining(64, EDGE), move |_| DeadLetterDrain::new(ports.clone()))
    };

    let pool = pool(ports, &settings, &worker);
    let mut upkeep = group(10).child(&dead_letters).child(&sweeper(ports, &driver_available));
    if settings.auto_redispatch {
        upkeep = upkeep.child(&redispatcher(ports, &journal, &fleet_back));
    }
    let upkeep = upkeep.child(&heartbeat(ports, &metrics));
    let top = SupervisorSpec::new(Strategy::OneForOne, Budget::new(5, MINUTE))
        .child(&journal)
        .child(&shards.iter().fold(group(20), SupervisorSpec::child).into_ref("orders", supervisor()))
        .child(&group(10).child(&drivers).into_ref("fleet", supervisor()))
        .child(
            &SupervisorSpec::new(Strategy::RestForOne, Budget::new(10, MINUTE))
                .child(&client)
                .child(&breaker)
                .child(&guard)
                .child(&pool)
                .into_ref("dispatch", supervisor()),
        )
        .child(&group(10).child(&relay).child(&pruner(ports, &settings)).into_ref("outbox", supervisor()))
        .child(&intake)
        .child(&reader)
        .child(&upkeep.into_ref("upkeep", supervisor()))
        .into_ref("tropa", supervisor());
    let system = system.clone();
    Tree {
        top,
        handles: Handles {
            intake,
            orders,
            reader,
            drivers,
            dead_letters,
            breaker,
            system,
            feed,
            metrics,
            settings,
        },
    }
}

fn group(restarts: u32) -> SupervisorSpec {
    SupervisorSpec::new(Strategy::OneForOne, Budget::new(restarts, MINUTE))
}

fn journal(ports: &Ports, settings: &Arc<Settings>, metrics: &Arc<Metrics>) -> Ref<Journal> {
    let (store, metrics) = (ports.orders.clone(), metrics.clone());
    let max = if settings.group_commit { settings.max_batch } else { 1 };
    Ref::new("journal", draining(2_048, PIPELINE), move |_| Journal::new(store.clone(), metrics.clone(), max))
}

fn shard(n: usize, desk: &Arc<Desk>) -> Ref<OrderShard> {
    let desk = desk.clone();
    Ref::new(format!("shard-{n}"), draining(JOBS_PER_SHARD, PIPELINE), move |_| OrderShard::new(desk.clone()))
}

fn fleet_client(ports: &Ports, settings: &Arc<Settings>, metrics: &Arc<Metrics>) -> Ref<FleetClient> {
    let (fleet, settings, metrics) = (ports.fleet.clone(), settings.clone(), metrics.clone());
    Ref::new("fleet-client", policy(2_048, PIPELINE), move |_| {
        FleetClient::new(fleet.clone(), settings.clone(), metrics.clone())
    })
}

fn breaker(
    client: &Ref<FleetClient>,
    settings: &Arc<Settings>,
    metrics: &Arc<Metrics>,
    closed: watch::Sender<u64>,
) -> Ref<BreakerActor> {
    let (client, settings, metrics) = (client.clone(), settings.clone(), metrics.clone());
    Ref::new("breaker", policy(2_048, PIPELINE), move |_| {
        BreakerActor::new(client.clone(), &settings, metrics.clone(), closed.clone())
    })
}

fn guard(
    ports: &Ports,
    settings: &Arc<Settings>,
    metrics: &Arc<Metrics>,
    instance: &str,
) -> Ref<IdempotencyGuard> {
    let (leases, store) = (ports.leases.clone(), ports.orders.clone());
    let (settings, metrics, owner) = (settings.clone(), metrics.clone(), Arc::<str>::from(instance));
    Ref::new("idempotency-guard", policy(4_096, PIPELINE), move |_| {
        IdempotencyGuard::new(leases.clone(), store.clone(), settings.clone(), metrics.clone(), owner.clone())
    })
}

fn pool(ports: &Ports, settings: &Arc<Settings>, worker: &Arc<Worker>) -> Ref<Supervisor> {
    (0..settings.consumers.max(1))
        .map(|n| {
            let (name, broker, worker) = (format!("consumer-{n}"), ports.broker.clone(), worker.clone());
            Ref::new(name.clone(), draining(64, PIPELINE), move |_| {
                Consumer::new(name.clone(), broker.clone(), worker.clone())
            })
        })
        .fold(group(20), |pool, consumer| pool.child(&consumer))
        .into_ref("consumer-pool", supervisor())
}

fn drivers(ports: &Ports, settings: &Arc<Settings>) -> Ref<DriverRegistry> {
    let available = ports.driver_available.clone();
    let settings = settings.clone();
    let ports = DriverPorts {
        index: ports.index.clone(),
        drivers: ports.drivers.clone(),
        orders: ports.orders.clone(),
        clock: ports.clock.clone(),
    };
    Ref::new("drivers", policy(1_024, EDGE), move |_| {
        DriverRegistry::new(ports.clone(), settings.clone(), available.clone())
    })
}

fn intake(ports: &Ports, settings: &Arc<Settings>, metrics: &Arc<Metrics>, feed: &Feed) -> Ref<Intake> {
    let (ports, settings, metrics, feed) = (ports.clone(), settings.clone(), metrics.clone(), feed.clone());
    Ref::new("intake", draining(2_048, EDGE), move |_| {
        Intake::new(
            ports.orders.clone(),
            ports.outbox.clone(),
            ports.clock.clone(),
            settings.clone(),
            metrics.clone(),
            feed.clone(),
        )
    })
}

fn reader(ports: &Ports, settings: &Arc<Settings>, metrics: &Arc<Metrics>) -> Ref<Reader> {
    let ports = ReaderPorts {
        store: ports.orders.clone(),
        outbox: ports.outbox.clone(),
        letters: ports.letters.clone(),
        index: ports.index.clone(),
        settings: settings.clone(),
        metrics: metrics.clone(),
    };
    let started = Instant::now();
    Ref::new("reader", policy(1_024, EDGE), move |_| Reader::new(ports.clone(), started))
}

fn pruner(ports: &Ports, settings: &Arc<Settings>) -> Ref<Pruner> {
    let (store, clock, settings) = (ports.orders.clone(), ports.clock.clone(), settings.clone());
    Ref::new("pruner", policy(16, EDGE), move |_| Pruner::new(store.clone(), clock.clone(), settings.clone()))
}

fn sweeper(ports: &Ports, freed: &Arc<Notify>) -> Ref<ClaimSweeper> {
    let (index, store, freed) = (ports.index.clone(), ports.orders.clone(), freed.clone());
    Ref::new("claim-sweeper", policy(16, EDGE), move |_| {
        ClaimSweeper::new(index.clone(), store.clone(), freed.clone())
    })
}

fn redispatcher(ports: &Ports, journal: &Ref<Journal>, back: &watch::Receiver<u64>) -> Ref<Redispatcher> {
    let (store, journal, clock, back) =
        (ports.orders.clone(), journal.clone(), ports.clock.clone(), back.clone());
    Ref::new("redispatcher", policy(16, EDGE), move |_| {
        Redispatcher::new(store.clone(), journal.clone(), clock.clone(), back.clone())
    })
}

fn heartbeat(ports: &Ports, metrics: &Arc<Metrics>) -> Ref<Heartbeat> {
    let (outbox, letters, metrics) = (ports.outbox.clone(), ports.letters.clone(), metrics.clone());
    Ref::new("heartbeat", policy(16, EDGE), move |_| {
        Heartbeat::new(outbox.clone(), letters.clone(), metrics.clone())
    })
}
