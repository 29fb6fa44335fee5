//! How each child's fresh state is made. What it is allowed is written in the tree.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio::sync::watch;
use tropa_supervision::{ActorSystem, Loop, Policy, Ref};

use super::Ports;
use crate::breaker::BreakerActor;
use crate::consumer::{Consumer, Worker};
use crate::dead_letters::{DeadLetterDrain, DeadLetterPorts};
use crate::domain::Identity;
use crate::drivers::{DriverPorts, DriverRegistry};
use crate::duty::Duty;
use crate::feed::Feed;
use crate::fleet_client::FleetClient;
use crate::guard::IdempotencyGuard;
use crate::intake::Intake;
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::orders::{Desk, OrderShard, Orders};
use crate::reader::{Reader, ReaderPorts};
use crate::relay::{OutboxRelay, RelayPorts};
use crate::settings::Settings;
use crate::upkeep::{
    ClaimSweeper, Heartbeat, Pruner, PrunerPorts, Redispatcher, Registrar, RegistrarPorts, Rescuer,
    Timekeeper, TimekeeperPorts, Waker, WakerPorts,
};

/// What children are made of.
pub(super) struct Children<'a> {
    pub ports: &'a Ports,
    pub settings: &'a Arc<Settings>,
    pub metrics: &'a Arc<Metrics>,
    pub feed: &'a Feed,
    pub duty: &'a Duty,
    pub identity: &'a Arc<Identity>,
    pub advertised: &'a Arc<OnceLock<String>>,
}

impl Children<'_> {
    pub fn journal(&self, policy: Policy) -> Ref<Journal> {
        let (store, metrics) = (self.ports.orders.clone(), self.metrics.clone());
        let max = if self.settings.group_commit { self.settings.max_batch } else { 1 };
        Ref::new("journal", policy, move |_| Journal::new(store.clone(), metrics.clone(), max))
    }

    pub fn fleet_client(&self, policy: Policy) -> Ref<FleetClient> {
        let (fleet, settings, metrics) =
            (self.ports.fleet.clone(), self.settings.clone(), self.metrics.clone());
        Ref::new("fleet-client", policy, move |_| {
            FleetClient::new(fleet.clone(), settings.clone(), metrics.clone())
        })
    }

    pub fn breaker(
        &self,
        policy: Policy,
        client: &Ref<FleetClient>,
        closed: watch::Sender<u64>,
    ) -> Ref<BreakerActor> {
        let (client, settings, metrics) = (client.clone(), self.settings.clone(), self.metrics.clone());
        Ref::new("breaker", policy, move |_| {
            BreakerActor::new(client.clone(), &settings, metrics.clone(), closed.clone())
        })
    }

    /// What the aggregates of all shards work with.
    pub fn desk(
        &self,
        journal: &Ref<Journal>,
        breaker: &Ref<BreakerActor>,
        client: &Ref<FleetClient>,
    ) -> Arc<Desk> {
        Arc::new(Desk {
            store: self.ports.orders.clone(),
            journal: journal.clone(),
            breaker: breaker.clone(),
            client: client.clone(),
            clock: self.ports.clock.clone(),
            settings: self.settings.clone(),
            metrics: self.metrics.clone(),
            feed: self.feed.clone(),
        })
    }

    pub fn shard(policy: Policy, n: usize, desk: &Arc<Desk>) -> Ref<OrderShard> {
        let desk = desk.clone();
        Ref::new(format!("shard-{n}"), policy, move |_| OrderShard::new(desk.clone()))
    }

    pub fn guard(&self, policy: Policy) -> Ref<IdempotencyGuard> {
        let (leases, store) = (self.ports.leases.clone(), self.ports.orders.clone());
        let (settings, metrics) = (self.settings.clone(), self.metrics.clone());
        let owner: Arc<str> = self.identity.id.as_str().into();
        Ref::new("idempotency-guard", policy, move |_| {
            IdempotencyGuard::new(
                leases.clone(),
                store.clone(),
                settings.clone(),
                metrics.clone(),
                owner.clone(),
            )
        })
    }

    /// What the consumers work with.
    pub fn worker(
        &self,
        guard: &Ref<IdempotencyGuard>,
        orders: &Orders,
        (breaker, client): (&Ref<BreakerActor>, &Ref<FleetClient>),
        journal: &Ref<Journal>,
    ) -> Arc<Worker> {
        Arc::new(Worker {
            guard: guard.clone(),
            orders: orders.clone(),
            breaker: breaker.clone(),
            client: client.clone(),
            journal: journal.clone(),
            clock: self.ports.clock.clone(),
            settings: self.settings.clone(),
            metrics: self.metrics.clone(),
            duty: self.duty.clone(),
        })
    }

    pub fn consumer(&self, policy: Policy, n: usize, worker: &Arc<Worker>) -> Ref<Loop<Consumer>> {
        let (name, broker, worker) = (format!("consumer-{n}"), self.ports.broker.clone(), worker.clone());
        Ref::task(name.clone(), policy, move || Consumer::new(name.clone(), broker.clone(), worker.clone()))
    }

    pub fn drivers(&self, policy: Policy) -> Ref<DriverRegistry> {
        let settings = self.settings.clone();
        let ports = DriverPorts {
            index: self.ports.index.clone(),
            drivers: self.ports.drivers.clone(),
            orders: self.ports.orders.clone(),
            clock: self.ports.clock.clone(),
            metrics: self.metrics.clone(),
        };
        Ref::new("drivers", policy, move |_| DriverRegistry::new(ports.clone(), settings.clone()))
    }

    pub fn relay(&self, policy: Policy) -> Ref<Loop<OutboxRelay>> {
        let ports = RelayPorts {
            outbox: self.ports.outbox.clone(),
            broker: self.ports.broker.clone(),
            clock: self.ports.clock.clone(),
            settings: self.settings.clone(),
            metrics: self.metrics.clone(),
            duty: self.duty.clone(),
        };
        let owner: Arc<str> = format!("{}/relay", self.identity.id).into();
        Ref::task("relay", policy, move || OutboxRelay::new(ports.clone(), owner.clone()))
    }

    pub fn pruner(&self, policy: Policy) -> Ref<Pruner> {
        let ports = PrunerPorts {
            store: self.ports.orders.clone(),
            chronicle: self.ports.chronicle.clone(),
            clock: self.ports.clock.clone(),
            settings: self.settings.clone(),
            metrics: self.metrics.clone(),
        };
        Ref::new("pruner", policy, move |_| Pruner::new(ports.clone()))
    }

    pub fn intake(&self, policy: Policy) -> Ref<Intake> {
        let (ports, settings) = (self.ports.clone(), self.settings.clone());
        let (metrics, feed, duty) = (self.metrics.clone(), self.feed.clone(), self.duty.clone());
        Ref::new("intake", policy, move |_| {
            Intake::new(
                ports.orders.clone(),
                ports.outbox.clone(),
                ports.clock.clone(),
                settings.clone(),
                metrics.clone(),
                feed.clone(),
                duty.clone(),
            )
        })
    }

    pub fn reader(&self, policy: Policy) -> Ref<Reader> {
        let ports = ReaderPorts {
            store: self.ports.orders.clone(),
            outbox: self.ports.outbox.clone(),
            letters: self.ports.letters.clone(),
            drivers: self.ports.drivers.clone(),
            index: self.ports.index.clone(),
            settings: self.settings.clone(),
            metrics: self.metrics.clone(),
        };
        let started = Instant::now();
        Ref::new("reader", policy, move |_| Reader::new(ports.clone(), started))
    }

    pub fn dead_letter_drain(&self, policy: Policy, orders: &Orders) -> Ref<DeadLetterDrain> {
        let ports = DeadLetterPorts {
            letters: self.ports.letters.clone(),
            store: self.ports.orders.clone(),
            broker: self.ports.broker.clone(),
            orders: orders.clone(),
            clock: self.ports.clock.clone(),
            duty: self.duty.clone(),
        };
        Ref::new("dead-letter-drain", policy, move |_| DeadLetterDrain::new(ports.clone()))
    }

    pub fn claim_sweeper(&self, policy: Policy) -> Ref<ClaimSweeper> {
        let (index, store) = (self.ports.index.clone(), self.ports.orders.clone());
        let name: Arc<str> = self.identity.id.as_str().into();
        Ref::new("claim-sweeper", policy, move |_| {
            ClaimSweeper::new(index.clone(), store.clone(), name.clone())
        })
    }

    pub fn redispatcher(
        &self,
        policy: Policy,
        journal: &Ref<Journal>,
        breaker: &Ref<BreakerActor>,
        back: watch::Receiver<u64>,
    ) -> Ref<Redispatcher> {
        let (store, journal, clock) = (self.ports.orders.clone(), journal.clone(), self.ports.clock.clone());
        let (breaker, settings) = (breaker.clone(), self.settings.breaker.clone());
        Ref::new("redispatcher", policy, move |_| {
            Redispatcher::new(
                store.clone(),
                journal.clone(),
                clock.clone(),
                breaker.clone(),
                back.clone(),
                settings.clone(),
            )
        })
    }

    pub fn rescuer(&self, policy: Policy, journal: &Ref<Journal>) -> Ref<Rescuer> {
        let (ports, journal) = (self.ports.clone(), journal.clone());
        let (settings, metrics) = (self.settings.clone(), self.metrics.clone());
        Ref::new("rescuer", policy, move |_| {
            Rescuer::new(
                ports.orders.clone(),
                ports.broker.clone(),
                journal.clone(),
                ports.clock.clone(),
                &settings,
                metrics.clone(),
            )
        })
    }

    pub fn registrar(&self, policy: Policy, system: &ActorSystem) -> Ref<Registrar> {
        let ports = RegistrarPorts {
            instances: self.ports.instances.clone(),
            system: system.clone(),
            duty: self.duty.clone(),
            metrics: self.metrics.clone(),
            identity: self.identity.clone(),
            advertised: self.advertised.clone(),
            clock: self.ports.clock.clone(),
        };
        Ref::new("registrar", policy, move |_| Registrar::new(ports.clone()))
    }

    pub fn waker(&self, policy: Policy, back: watch::Receiver<u64>) -> Ref<Waker> {
        let ports = WakerPorts {
            outbox: self.ports.outbox.clone(),
            store: self.ports.orders.clone(),
            index: self.ports.index.clone(),
        };
        Ref::new("waker", policy, move |_| Waker::new(ports.clone(), back.clone()))
    }

    pub fn timekeeper(&self, policy: Policy) -> Ref<Timekeeper> {
        let ports = TimekeeperPorts {
            chronicle: self.ports.chronicle.clone(),
            clock: self.ports.clock.clone(),
            index: self.ports.index.clone(),
            outbox: self.ports.outbox.clone(),
            longest_wait: self.settings.longest_wait(),
            metrics: self.metrics.clone(),
        };
        Ref::new("timekeeper", policy, move |_| Timekeeper::new(ports.clone()))
    }

    pub fn heartbeat(&self, policy: Policy) -> Ref<Heartbeat> {
        let (outbox, letters) = (self.ports.outbox.clone(), self.ports.letters.clone());
        let (drivers, max_age) = (self.ports.drivers.clone(), self.settings.driver_max_age);
        let metrics = self.metrics.clone();
        Ref::new("heartbeat", policy, move |_| {
            Heartbeat::new(outbox.clone(), letters.clone(), drivers.clone(), max_age, metrics.clone())
        })
    }
}
