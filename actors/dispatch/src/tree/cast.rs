//! Who plays in this process: what it has the roles for, and nobody else.

use std::sync::Arc;

use tropa_supervision::{Loop, Recurring, Ref};

use crate::breaker::BreakerActor;
use crate::clerk::Clerk;
use crate::consumer::{Consumer, Worker};
use crate::dead_letters::DeadLetterDrain;
use crate::drivers::DriverRegistry;
use crate::fleet_client::FleetClient;
use crate::guard::IdempotencyGuard;
use crate::handles::Handles;
use crate::intake::Intake;
use crate::journal::Journal;
use crate::kit::Kit;
use crate::orders::{self, Desk, OrderShard, Orders, Searchers};
use crate::reader::Reader;
use crate::relay::OutboxRelay;
use crate::roles::{Part, Role};
use crate::upkeep::{ClaimSweeper, GaugeKeeper, Pruner, Redispatcher, Registrar, Rescuer, Timekeeper, Waker};

/// All actors of a process. Those it has no role for are not there, and so nobody can be given them to ask.
pub(super) struct Cast {
    pub registrar: Ref<Registrar>,
    pub journal: Option<Ref<Journal>>,
    pub shards: Option<Vec<Ref<OrderShard>>>,
    pub drivers: Option<Ref<DriverRegistry>>,
    pub client: Option<Ref<FleetClient>>,
    pub breaker: Option<Ref<BreakerActor>>,
    pub guard: Option<Ref<IdempotencyGuard>>,
    pub consumers: Option<Vec<Ref<Loop<Consumer>>>>,
    pub relay: Option<Ref<Loop<OutboxRelay>>>,
    pub pruner: Option<Ref<Loop<Recurring<Pruner>>>>,
    pub intake: Option<Ref<Intake>>,
    pub reader: Ref<Reader>,
    pub clerk: Ref<Clerk>,
    pub drain: Option<Ref<DeadLetterDrain>>,
    pub sweeper: Option<Ref<Loop<Recurring<ClaimSweeper>>>>,
    pub redispatcher: Option<Ref<Loop<Redispatcher>>>,
    pub rescuer: Option<Ref<Loop<Recurring<Rescuer>>>>,
    pub waker: Ref<Waker>,
    pub gauge_keeper: Ref<GaugeKeeper>,
    pub timekeeper: Ref<Loop<Recurring<Timekeeper>>>,
    orders: Option<Orders>,
}

impl Cast {
    /// In the order in which they ask each other.
    pub fn new(kit: &Kit) -> Self {
        let [intake, relay, worker, fleet] = Role::ALL.map(|role| kit.settings.roles.has(role));
        let searchers = (intake || worker).then(|| Searchers::place(kit));
        let journal = (intake || relay || worker).then(|| Journal::place(kit));
        let desk = journal.as_ref().map(|journal| Arc::new(Desk::new(kit, journal, searchers.clone())));
        let shards = desk.map(|desk| orders::places(kit, &desk));
        let orders = shards.clone().map(Orders::new);
        let needs = journal.as_ref().zip(searchers.as_ref()).zip(orders.as_ref()).filter(|_| worker);
        let worker = needs.map(|((journal, searchers), orders)| {
            Arc::new(Worker::new(kit, IdempotencyGuard::place(kit), journal, searchers, orders))
        });
        let (worker, parks) = (worker.as_ref(), orders.as_ref().filter(|_| relay));
        let redispatches = worker.filter(|_| kit.settings.auto_redispatch);
        Self {
            registrar: Registrar::place(kit),
            shards,
            drivers: fleet.then(|| DriverRegistry::place(kit)),
            client: searchers.as_ref().map(|to| to.client.clone()),
            breaker: searchers.as_ref().map(|to| to.breaker.clone()),
            guard: worker.map(|worker| worker.guard.clone()),
            consumers: worker.map(|worker| Consumer::places(kit, worker)),
            relay: relay.then(|| OutboxRelay::place(kit)),
            pruner: relay.then(|| Pruner::place(kit)),
            intake: intake.then(|| Intake::place(kit)),
            reader: Reader::place(kit),
            clerk: Clerk::place(kit, orders.as_ref()),
            drain: parks.map(|orders| DeadLetterDrain::place(kit, orders)),
            sweeper: fleet.then(|| ClaimSweeper::place(kit)),
            redispatcher: redispatches.map(|worker| Redispatcher::place(kit, worker)),
            rescuer: worker.map(|worker| Rescuer::place(kit, &worker.journal)),
            waker: Waker::place(kit),
            gauge_keeper: GaugeKeeper::place(kit),
            timekeeper: Timekeeper::place(kit),
            journal,
            orders,
        }
    }

    /// What the edges may ask of them.
    pub fn handles(self, kit: Kit) -> Handles {
        let roles = kit.settings.roles;
        Handles {
            intake: Part::of(roles, Role::Intake, self.intake),
            orders: Part::of(roles, Role::Intake, self.orders),
            reader: self.reader,
            clerk: self.clerk,
            drivers: Part::of(roles, Role::Fleet, self.drivers),
            dead_letters: Part::of(roles, Role::Relay, self.drain),
            breaker: self.breaker,
            registrar: self.registrar,
            duty: kit.duty,
            identity: kit.identity,
            advertised: kit.advertised,
            clock: kit.ports.clock,
            system: kit.system,
            feed: kit.feed,
            metrics: kit.metrics,
            settings: kit.settings,
        }
    }
}
