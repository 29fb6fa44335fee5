//! Awaits that never come back: which loop can hang in which call, and the play of it. For tests of the whole tree.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use tropa_supervision::{ActorState, ChaosCommand, Exit, Lifecycle};

pub use tropa_contract::testing::stalls::Stall;

use crate::handles::Handles;
use crate::settings::Settings;
use crate::tree::Ports;

/// What is needed for the call to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// It is made now and then.
    Time,
    /// An order on its way.
    Order,
    /// A fresh incarnation.
    Restart,
    /// An index that has forgotten who waits.
    Forgotten,
}

/// One loop, one await it may hang in, and what it says of that.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    actor: &'static str,
    call: &'static str,
    trigger: Trigger,
    step: &'static str,
}

impl Cell {
    fn path(&self) -> String {
        format!("/tropa/{}", self.actor)
    }
}

const fn cell(actor: &'static str, call: &'static str, trigger: Trigger, step: &'static str) -> Cell {
    Cell { actor, call, trigger, step }
}

const CONSUMER: &str = "dispatch/consumer-pool/consumer-0";

/// What carries orders, and what has more than one await to hang in.
pub const ONE_BY_ONE: [Cell; 11] = [
    // First: its successor asks the same once more, and is done by the time the sweeper is to hang in it.
    cell("fleet/drivers", "OrderStore.assignments", Trigger::Restart, "restoring"),
    cell("outbox/relay", "Outbox.claim", Trigger::Time, "claiming"),
    cell("outbox/relay", "Broker.publish", Trigger::Order, "publishing"),
    cell("outbox/relay", "Confirm", Trigger::Order, "waiting for confirms"),
    cell("outbox/relay", "Outbox.settle", Trigger::Order, "marking"),
    cell(CONSUMER, "Broker.subscribe", Trigger::Restart, "subscribing"),
    cell(CONSUMER, "Leases.acquire", Trigger::Order, "carrying deliveries"),
    cell(CONSUMER, "Settle.ack", Trigger::Order, "carrying deliveries"),
    cell("registrar", "Instances.receive", Trigger::Time, "listening"),
    cell("intake", "OrderStore.create", Trigger::Order, "committing"),
    cell("journal", "OrderStore.apply", Trigger::Order, "committing"),
];

/// What runs beside: all at once.
pub const AT_ONCE: [Cell; 10] = [
    cell("outbox/pruner", "Chronicle.horizon", Trigger::Restart, "in a round"),
    cell("upkeep/dead-letter-drain", "Broker.subscribe parking", Trigger::Restart, "subscribing"),
    cell("upkeep/claim-sweeper", "OrderStore.assignments", Trigger::Restart, "going through claims"),
    cell("upkeep/redispatcher", "OrderStore.list", Trigger::Restart, "asking for new rounds"),
    cell("upkeep/rescuer", "OrderStore.stranded", Trigger::Time, "looking for lost orders"),
    cell("upkeep/waker", "Outbox.hasten", Trigger::Forgotten, "making rows due"),
    cell("upkeep/timekeeper", "Chronicle.time", Trigger::Time, "in a round"),
    cell("upkeep/gauge-keeper", "Outbox.backlog", Trigger::Time, "in a round"),
    cell("intake", "Outbox.backlog", Trigger::Time, "in a round"),
    cell("registrar", "Instances.publish", Trigger::Time, "publishing"),
];

/// These ports, whose calls hang when they are told to.
pub fn before(stall: &Stall, ports: Ports) -> Ports {
    Ports {
        orders: stall.before(ports.orders),
        outbox: stall.before(ports.outbox),
        chronicle: stall.before(ports.chronicle),
        leases: stall.before(ports.leases),
        instances: stall.before(ports.instances),
        broker: stall.before(ports.broker),
        ..ports
    }
}

/// How long it is waited for what the supervisors see, and for what follows; longer than any limit of a test.
const PATIENCE: Duration = Duration::from_secs(30);

/// The settings of a test of hangs: limits that it can wait for, and rounds that come soon.
pub fn strict(settings: Settings, step_limit: Duration) -> Settings {
    let soon = Duration::from_secs(10);
    // Nobody reports for the drivers meanwhile.
    let driver_max_age = Duration::from_mins(10);
    Settings {
        step_limit,
        consumers: 1,
        dispatch_deadline: soon,
        rescue_after: soon,
        driver_max_age,
        ..settings
    }
}

/// Has these hang, all at once, and waits until each was found out and replaced.
pub async fn play(
    stall: &Stall,
    tropa: &Handles,
    cells: &[Cell],
    mut order: impl AsyncFnMut(),
    forget: impl Fn(),
) {
    let mut events = tropa.system.events();
    for cell in cells {
        let together = cells.iter().filter(|other| other.call == cell.call).count();
        stall.arm(cell.call, together);
    }
    for cell in cells {
        match cell.trigger {
            Trigger::Time => {}
            Trigger::Order => order().await,
            Trigger::Restart => {
                tropa.system.command(&cell.path(), None, ChaosCommand::Restart, "game day").unwrap();
            }
            Trigger::Forgotten => forget(),
        }
    }
    let mut left: Vec<_> = cells.iter().collect();
    while !left.is_empty() {
        let event = tokio::time::timeout(PATIENCE, events.recv()).await;
        let event = event.unwrap_or_else(|_| panic!("hang and are not replaced: {left:?}")).unwrap();
        if let Lifecycle::Exited { exit: Exit::Hung(doing) } = event.kind {
            println!("{}: {doing}", event.path);
            left.retain(|cell| !(cell.path() == event.path && doing.starts_with(cell.step)));
        }
    }
    for cell in cells {
        assert_eq!(stall.awaited(cell.call), 0, "{cell:?}");
        let began = Instant::now();
        while tropa.system.status(&cell.path()).unwrap().state != ActorState::Running {
            assert!(began.elapsed() < PATIENCE, "{cell:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
