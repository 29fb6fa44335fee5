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

use std::future::pending;
use std::sync::Arc;

use actix::prelude::*;
use tokio::sync::watch;
use tropa_supervision::{Context, Ref};

use crate::domain::WaitReason;
use crate::kit::{EDGE, Kit, mailbox};
use crate::port::{DriverIndex, OrderStore, Outbox};
use handover::Pending;

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

impl Actor for Waker {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let ports = self.ports.clone();
        let for_drivers = async move {
            let (handovers, mut pending) = (ports.index.handovers(), Pending::default());
            loop {
                let news = pending.next(&handovers).await;
                if news.forgotten {
                    hasten_all(&*ports.outbox, WaitReason::Driver).await;
                }
                pending.tell(&ports, news.claims).await;
            }
        };
        let (outbox, mut back) = (self.ports.outbox.clone(), self.fleet_back.clone());
        let for_fleet = async move {
            while back.changed().await.is_ok() {
                hasten_all(&*outbox, WaitReason::Fleet).await;
            }
            // The breaker is gone for good; drivers still come free.
            pending::<()>().await;
        };
        ctx.spawn(for_drivers.into_actor(self));
        ctx.spawn(for_fleet.into_actor(self));
    }
}

/// Makes all rows that wait for it due, those of the oldest orders first.
async fn hasten_all(outbox: &dyn Outbox, reason: WaitReason) {
    loop {
        match outbox.hasten(reason, AT_ONCE).await {
            Ok(rows) if rows < u64::from(AT_ONCE) => return,
            Ok(_) => {}
            Err(error) => return tracing::debug!(%error, "cannot hasten outbox rows"),
        }
    }
}
