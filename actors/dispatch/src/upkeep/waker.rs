//! The `Waker` actor: orders that wait get another try when what they wait for is there.
//!
//! Told by the driver index which orders it gave a driver to, and that the breaker around the fleet service closed, it
//! makes waiting rows of the outbox due: a relay takes them, here or in another process. Every process has one, because a
//! driver comes free where somebody tells of it, and a breaker closes where it was open.
//!
//! Owns the hand-overs of which it is not known what became: the order's row may be on its way into the store, or out of it, and
//! the order may end before it gets there. They are looked at again until the order has taken its driver, or has ended
//! without one: then the driver goes back. What it loses
//! by dying costs patience: a claim that nobody takes up runs out, and every row becomes due by itself.

mod handover;

use std::sync::Arc;

use actix::prelude::*;
use tokio::sync::watch;
use tropa_supervision::{Context, Pulse, Ref, Step};

use crate::domain::WaitReason;
use crate::kit::{EDGE, Kit, mailbox};
use crate::port::{DriverIndex, OrderStore, Outbox};
use handover::Pending;

const HANDOVER: Step = Step::idle("waiting for a driver who is given to an order");
const TELLING: Step = Step::new("telling orders");
const FLEET_BACK: Step = Step::idle("waiting for the breaker to close");
const HASTENING: Step = Step::new("making rows due");

/// Orders that get another try when the fleet service is back, or the index has forgotten who waits, per round.
const AT_ONCE: u32 = 1_000;

/// What the waker works with.
#[derive(Clone)]
pub struct WakerPorts {
    /// Where orders wait.
    pub outbox: Arc<dyn Outbox>,
    /// Whether they still do.
    pub store: Arc<dyn OrderStore>,
    /// Who gives them drivers.
    pub index: Arc<dyn DriverIndex>,
}

/// Wakes orders that wait.
pub struct Waker {
    ports: WakerPorts,
    fleet_back: watch::Receiver<u64>,
}

impl Waker {
    pub(crate) fn place(kit: &Kit) -> Ref<Self> {
        // Of all incarnations: what one of them has not heard to its end, the next one hears again.
        let back = kit.fleet_back.subscribe();
        kit.place("waker", mailbox(16).arbiter(EDGE), move |kit| {
            let ports = WakerPorts {
                outbox: kit.ports.outbox.clone(),
                store: kit.ports.orders.clone(),
                index: kit.ports.index.clone(),
            };
            Self::new(ports, back.clone())
        })
    }

    /// A waker over these ports. `fleet_back` changes whenever the breaker closes.
    pub fn new(ports: WakerPorts, fleet_back: watch::Receiver<u64>) -> Self {
        Self { ports, fleet_back }
    }
}

impl WakerPorts {
    async fn for_drivers(self, pulse: Pulse) {
        let (handovers, mut pending) = (self.index.handovers(), Pending::default());
        let telling = async {
            loop {
                pulse.at(HANDOVER);
                let news = pending.next(&handovers).await;
                if news.forgotten {
                    self.hasten_all(WaitReason::Driver, &pulse).await;
                }
                pulse.at(TELLING);
                pending.tell(&self, news.claims).await;
                pulse.round();
            }
        };
        pulse.until_stopped(telling).await;
    }

    /// Ends when the breaker is gone for good; drivers still come free.
    async fn for_fleet(self, mut back: watch::Receiver<u64>, pulse: Pulse) {
        let hastening = async {
            pulse.at(FLEET_BACK);
            while back.changed().await.is_ok() {
                self.hasten_all(WaitReason::Fleet, &pulse).await;
                pulse.round();
                pulse.at(FLEET_BACK);
            }
        };
        pulse.until_stopped(hastening).await;
    }

    /// Makes all rows that wait for it due, those of the oldest orders first.
    async fn hasten_all(&self, reason: WaitReason, pulse: &Pulse) {
        loop {
            pulse.at(HASTENING);
            match self.outbox.hasten(reason, AT_ONCE).await {
                Ok(rows) if rows < u64::from(AT_ONCE) => return,
                Ok(_) => {}
                Err(error) => return tracing::debug!(%error, "cannot hasten outbox rows"),
            }
        }
    }
}

impl Actor for Waker {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let (drivers, fleet, back) = (self.ports.clone(), self.ports.clone(), self.fleet_back.clone());
        ctx.task("for-drivers", |pulse| drivers.for_drivers(pulse));
        ctx.task("for-fleet", |pulse| fleet.for_fleet(back, pulse));
    }
}
