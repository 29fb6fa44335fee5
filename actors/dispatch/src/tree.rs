//! The supervision tree, top to bottom. Each child's mailbox, arbiter and time to stop are said beside it, in its `place`.
//!
//! ```text
//! tropa                        one_for_one   5 in 60 s                                | any role
//! ├─ registrar                 this instance, as the others see it                    | any role
//! ├─ journal                   group commit of transitions                            | intake,relay,worker
//! ├─ orders                    one_for_one   20 in 60 s                               | intake,relay,worker
//! │   └─ shard-0 … n           the aggregates of their ids                            | intake,relay,worker
//! ├─ fleet                     one_for_one   10 in 60 s                               | fleet
//! │   └─ drivers               who drives, and where they are                         | fleet
//! ├─ dispatch                  rest_for_one  10 in 60 s                               | intake,worker
//! │   ├─ fleet-client          calls the fleet service                                | intake,worker
//! │   ├─ breaker               stands before these calls                              | intake,worker
//! │   ├─ idempotency-guard     one consumer an event                                  | worker
//! │   └─ consumer-pool         one_for_one   20 in 60 s                               | worker
//! │       └─ consumer-0 … n    carry deliveries to their answer                       | worker
//! ├─ outbox                    one_for_one   10 in 60 s                               | relay
//! │   ├─ relay                 committed messages, to the broker                      | relay
//! │   └─ pruner                deletes what may be forgotten                          | relay
//! ├─ intake                    group commit of new orders                             | intake
//! ├─ reader                    what the edges ask about orders, outbox and breakers   | any role
//! ├─ clerk                     bulk operations of people, and the audit               | any role
//! └─ upkeep                    one_for_one   10 in 60 s                               | any role
//!     ├─ dead-letter-drain     parked messages, to the dead letters                   | relay
//!     ├─ claim-sweeper         keeps claims and assignments in step                   | fleet
//!     ├─ redispatcher          orders that waited for the fleet service               | worker
//!     ├─ rescuer               orders whose message the broker has lost               | worker
//!     ├─ waker                 orders whose wait is over                              | any role
//!     ├─ gauge-keeper          gauges that nobody else keeps                          | any role
//!     └─ timekeeper            the clock that all go by                               | any role
//! ```
//!
//! What a process has no role for is not started, and there is no reference to ask it by; a supervisor without children is
//! left out. Every actor may run in several processes at once: what they share is guarded where it is stored.
//!
//! Children start in this order and stop in reverse: first nothing new comes in, then the relay waits for its confirms
//! while consumers still settle, then consumers finish while orders and journal still answer.

mod branch;
mod cast;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tropa_supervision::{ActorSystem, Ref, Supervisor};

use branch::{Branch, one_for_one, rest_for_one};
use cast::Cast;

use crate::breaker::BreakerBoard;
use crate::domain::Identity;
use crate::duty::Duty;
use crate::feed::Feed;
use crate::handles::Handles;
use crate::kit::Kit;
use crate::metrics::Metrics;
use crate::pipeline::Trend;
use crate::port::{
    Audit, Broker, Chronicle, Clock, DeadLetters, DriverIndex, DriverStore, Fleet, Instances, Leases,
    Operations, OrderStore, Outbox,
};
use crate::recorder::Recorder;
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
    /// What people did.
    pub audit: Arc<dyn Audit>,
    /// What they do to many things at once.
    pub operations: Arc<dyn Operations>,
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
    /// What it looks like.
    pub drawing: String,
}

/// Arbiters that the tree has a use for, at least; with more, the pipeline spreads over them.
pub const ARBITERS: usize = 2;

const MINUTE: Duration = Duration::from_mins(1);

/// Lays out the tree over these ports. `identity` names this process in leases, and shows it to the others.
pub fn build(
    ports: &Ports,
    settings: Settings,
    metrics: Metrics,
    system: &ActorSystem,
    identity: Identity,
) -> Tree {
    let kit = Kit {
        ports: ports.clone(),
        settings: Arc::new(settings),
        metrics: Arc::new(metrics),
        feed: Feed::default(),
        duty: Duty::default(),
        identity: Arc::new(identity),
        advertised: Arc::default(),
        system: system.clone(),
        fleet_back: watch::Sender::new(0),
        breakers: BreakerBoard::default(),
        recorder: Recorder::default(),
        trend: Trend::default(),
    };
    let cast = Cast::new(&kit);
    let tropa = layout(&cast);
    Tree { drawing: tropa.to_string(), top: tropa.grow(), handles: cast.handles(kit) }
}

fn layout(cast: &Cast) -> Branch {
    one_for_one("tropa", 5, MINUTE)
        // First, so that it leaves last, when nothing is in hand any more.
        .child(&cast.registrar, "this instance, as the others see it")
        .child(&cast.journal, "group commit of transitions")
        .branch(one_for_one("orders", 20, MINUTE).child(&cast.shards, "the aggregates of their ids"))
        .branch(one_for_one("fleet", 10, MINUTE).child(&cast.drivers, "who drives, and where they are"))
        .branch(
            rest_for_one("dispatch", 10, MINUTE)
                .child(&cast.client, "calls the fleet service")
                .child(&cast.breaker, "stands before these calls")
                .child(&cast.guard, "one consumer an event")
                .branch(
                    one_for_one("consumer-pool", 20, MINUTE)
                        .child(&cast.consumers, "carry deliveries to their answer"),
                ),
        )
        .branch(
            one_for_one("outbox", 10, MINUTE)
                .child(&cast.relay, "committed messages, to the broker")
                .child(&cast.pruner, "deletes what may be forgotten"),
        )
        .child(&cast.intake, "group commit of new orders")
        .child(&cast.reader, "what the edges ask about orders, outbox and breakers")
        .child(&cast.clerk, "bulk operations of people, and the audit")
        .branch(
            one_for_one("upkeep", 10, MINUTE)
                .child(&cast.drain, "parked messages, to the dead letters")
                .child(&cast.sweeper, "keeps claims and assignments in step")
                .child(&cast.redispatcher, "orders that waited for the fleet service")
                .child(&cast.rescuer, "orders whose message the broker has lost")
                .child(&cast.waker, "orders whose wait is over")
                .child(&cast.gauge_keeper, "gauges that nobody else keeps")
                .child(&cast.timekeeper, "the clock that all go by"),
        )
}
