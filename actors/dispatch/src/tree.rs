//! The supervision tree, top to bottom: every child with its restart kind, budget, mailbox and shutdown time.
//!
//! ```text
//! tropa                        one_for_one   5 in 60 s                                            | in a process with
//! ├─ registrar                 this instance, as the others see it                                | any role
//! ├─ journal                   group commit of transitions                                        | intake, relay, worker
//! ├─ orders                    one_for_one   20 in 60 s: shard-0 … shard-n, each owning the       | intake, relay, worker
//! │                            OrderAggregates of its ids
//! ├─ fleet                     one_for_one   10 in 60 s: drivers                                  | fleet
//! ├─ dispatch                  rest_for_one  10 in 60 s                                           | intake, worker
//! │   ├─ fleet-client
//! │   ├─ breaker
//! │   ├─ idempotency-guard                                                                        | worker
//! │   └─ consumer-pool         one_for_one   20 in 60 s: consumer-0 … consumer-n                  | worker
//! ├─ outbox                    one_for_one   10 in 60 s: relay, pruner                            | relay
//! ├─ intake                                                                                       | intake
//! ├─ reader                                                                                       | any role
//! └─ upkeep                    one_for_one   10 in 60 s
//!     ├─ dead-letter-drain                                                                        | relay
//!     ├─ claim-sweeper                                                                            | fleet
//!     ├─ redispatcher, rescuer                                                                    | worker
//!     └─ waker, heartbeat, timekeeper                                                             | any role
//! ```
//!
//! What a process has no role for is not started, and nobody here asks it: the edges look at the [roles] first. Every actor
//! may run in several processes at once: what they share is guarded where it is stored.
//!
//! [roles]: crate::roles
//!
//! Children start in this order and stop in reverse: first nothing new comes in, then the relay waits for its confirms
//! while consumers still settle, then consumers finish while orders and journal still answer.

mod children;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tropa_supervision::{ActorSystem, Backoff, Budget, Policy, Ref, Strategy, Supervisor, SupervisorSpec};

use children::Children;

use crate::domain::Identity;
use crate::duty::Duty;
use crate::feed::Feed;
use crate::handles::Handles;
use crate::metrics::Metrics;
use crate::orders::{JOBS_PER_SHARD, Orders};
use crate::port::{
    Broker, Chronicle, Clock, DeadLetters, DriverIndex, DriverStore, Fleet, Instances, Leases, OrderStore,
    Outbox,
};
use crate::roles::Role;
use crate::settings::Settings;

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
    /// The other instances.
    pub instances: Arc<dyn Instances>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The time that all who share the store go by.
    pub chronicle: Arc<dyn Chronicle>,
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

/// Its children's times are added to its own: a supervisor that hangs on its way out holds its siblings up for the sum.
fn supervisor() -> Policy {
    policy(1_024, 0).shutdown(Duration::from_secs(2))
}

/// Leaves soon by itself (see `consumer`), because all that stands before it in `dispatch` may be waiting for it.
fn leaving(capacity: usize, arbiter: usize) -> Policy {
    policy(capacity, arbiter).shutdown(Duration::from_secs(2))
}

/// Children of `restarts` restarts a minute, each restarted alone.
fn group(restarts: u32) -> SupervisorSpec {
    SupervisorSpec::new(Strategy::OneForOne, Budget::new(restarts, MINUTE))
}

/// Lays out the tree over these ports. `identity` names this process in leases, and shows it to the others.
pub fn build(
    ports: &Ports,
    settings: Settings,
    metrics: Metrics,
    system: &ActorSystem,
    identity: Identity,
) -> Tree {
    let (settings, metrics, feed) = (Arc::new(settings), Arc::new(metrics), Feed::default());
    let (identity, duty, advertised) = (Arc::new(identity), Duty::default(), Arc::default());
    let breaker_closed = watch::Sender::new(0);
    let fleet_back = breaker_closed.subscribe();
    let new = Children {
        ports,
        settings: &settings,
        metrics: &metrics,
        feed: &feed,
        duty: &duty,
        identity: &identity,
        advertised: &advertised,
    };

    let registrar = new.registrar(policy(1_024, EDGE), system);
    let journal = new.journal(draining(2_048, PIPELINE));
    let client = new.fleet_client(policy(2_048, PIPELINE));
    let breaker = new.breaker(policy(2_048, PIPELINE), &client, breaker_closed);
    let desk = new.desk(&journal, &breaker, &client);
    let shards: Vec<_> = (0..settings.shards.max(1))
        .map(|n| Children::shard(draining(JOBS_PER_SHARD, PIPELINE), n, &desk))
        .collect();
    let orders = Orders::new(shards.clone());
    let guard = new.guard(policy(4_096, PIPELINE));
    let worker = new.worker(&guard, &orders, (&breaker, &client), &journal);
    let consumers = (0..settings.consumers.max(1)).map(|n| new.consumer(leaving(64, PIPELINE), n, &worker));
    let drivers = new.drivers(policy(1_024, EDGE));
    let relay = new.relay(draining(64, EDGE));
    let pruner = new.pruner(policy(16, EDGE));
    let intake = new.intake(draining(2_048, EDGE));
    let reader = new.reader(policy(1_024, EDGE));
    let dead_letters = new.dead_letter_drain(draining(64, EDGE), &orders);
    let sweeper = new.claim_sweeper(policy(16, EDGE));
    let redispatcher = new.redispatcher(policy(16, EDGE), &journal, &breaker, fleet_back.clone());
    let rescuer = new.rescuer(policy(16, EDGE), &journal);
    let waker = new.waker(policy(16, EDGE), fleet_back);
    let heartbeat = new.heartbeat(policy(16, EDGE));
    let timekeeper = new.timekeeper(policy(16, EDGE));

    let runs = |roles: &[Role]| settings.roles.has_any(roles);
    let worker = runs(&[Role::Worker]);
    let pool = consumers.fold(group(20), |pool, consumer| pool.child(&consumer));
    let shards = shards.iter().fold(group(20), SupervisorSpec::child);
    let dispatch = SupervisorSpec::new(Strategy::RestForOne, Budget::new(10, MINUTE))
        .child(&client)
        .child(&breaker)
        .child_if(worker, &guard)
        .child_if(worker, &pool.into_ref("consumer-pool", supervisor()));
    let upkeep = group(10)
        .child_if(runs(&[Role::Relay]), &dead_letters)
        .child_if(runs(&[Role::Fleet]), &sweeper)
        .child_if(worker && settings.auto_redispatch, &redispatcher)
        .child_if(worker, &rescuer)
        .child(&waker)
        .child(&heartbeat)
        .child(&timekeeper);
    let (stepping, searching) = ([Role::Intake, Role::Relay, Role::Worker], [Role::Intake, Role::Worker]);
    let top = group(5)
        // First, so that it leaves last, when nothing is in hand any more.
        .child(&registrar)
        .child_if(runs(&stepping), &journal)
        .child_if(runs(&stepping), &shards.into_ref("orders", supervisor()))
        .child_if(runs(&[Role::Fleet]), &group(10).child(&drivers).into_ref("fleet", supervisor()))
        .child_if(runs(&searching), &dispatch.into_ref("dispatch", supervisor()))
        .child_if(
            runs(&[Role::Relay]),
            &group(10).child(&relay).child(&pruner).into_ref("outbox", supervisor()),
        )
        .child_if(runs(&[Role::Intake]), &intake)
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
            registrar,
            duty,
            identity,
            advertised,
            clock: ports.clock.clone(),
            system,
            feed,
            metrics,
            settings,
        },
    }
}
