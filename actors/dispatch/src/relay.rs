//! The `OutboxRelay` task: hands committed messages to the broker.
//!
//! Owns the relay's side of the [`Outbox`] and the publishing side of the [`Broker`]. Woken by commits, with a poll behind;
//! claims rows under a lease, publishes them pipelined, and marks only what was confirmed. What it holds when it dies was
//! claimed, not lost: its successor takes the rows over at once, another process when the lease is over. A message may go
//! out twice, under the same id. While the broker is away it tries one row now and then, and leaves the others in peace.

mod published;
mod reach;
mod retry;
mod run;
mod underway;
mod window;

use std::sync::Arc;

use tropa_supervision::{Loop, Pulse, Ref, Task};

use crate::duty::Duty;
use crate::kit::{EDGE, Kit, draining};
use crate::metrics::Metrics;
use crate::port::{Broker, Clock, Outbox};
use crate::recorder::Recorder;
use crate::settings::Settings;
use run::Run;

/// What a relay works with.
#[derive(Clone)]
pub struct RelayPorts {
    /// Rows.
    pub outbox: Arc<dyn Outbox>,
    /// Where they go.
    pub broker: Arc<dyn Broker>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Window, lease, poll.
    pub settings: Arc<Settings>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Whether to claim.
    pub duty: Duty,
    /// Remembers.
    recorder: Recorder,
}

/// Relays the outbox.
pub struct OutboxRelay {
    ports: RelayPorts,
    owner: Arc<str>,
}

impl OutboxRelay {
    pub(crate) fn place(kit: &Kit) -> Ref<Loop<Self>> {
        kit.task("relay", draining(64).arbiter(EDGE), |kit| {
            let ports = RelayPorts {
                outbox: kit.ports.outbox.clone(),
                broker: kit.ports.broker.clone(),
                clock: kit.ports.clock.clone(),
                settings: kit.settings.clone(),
                metrics: kit.metrics.clone(),
                duty: kit.duty.clone(),
                recorder: kit.recorder.clone(),
            };
            Self::new(ports, format!("{}/relay", kit.identity.id).into())
        })
    }

    /// A relay that claims as `owner`, a name of this process.
    pub fn new(ports: RelayPorts, owner: Arc<str>) -> Self {
        Self { ports, owner }
    }
}

impl Task for OutboxRelay {
    async fn run(self, pulse: Pulse) {
        Run::new(self.ports, self.owner, pulse).run().await;
    }
}
