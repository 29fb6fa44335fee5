//! The `OutboxRelay` actor: hands committed messages to the broker.
//!
//! Owns the relay's side of the [`Outbox`] and the publishing side of the [`Broker`]. Woken by commits, with a poll behind;
//! claims rows under a lease, publishes them pipelined, and marks only what was confirmed. What it holds when it dies was
//! claimed, not lost: its successor takes the rows over at once, another process when the lease is over. A message may go
//! out twice, under the same id. While the broker is away it tries one row now and then, and leaves the others in peace.

mod reach;
mod retry;
mod run;
mod window;

use std::sync::Arc;

use actix::prelude::*;
use tokio::sync::watch;
use tropa_supervision::Context;

use crate::duty::Duty;
use crate::metrics::Metrics;
use crate::port::{Broker, Clock, Outbox};
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
}

/// Relays the outbox.
pub struct OutboxRelay {
    ports: RelayPorts,
    owner: Arc<str>,
    stop: watch::Sender<bool>,
    finished: bool,
}

impl OutboxRelay {
    /// A relay that claims as `owner`, a name of this process.
    pub fn new(ports: RelayPorts, owner: Arc<str>) -> Self {
        Self { ports, owner, stop: watch::Sender::new(false), finished: false }
    }
}

impl Actor for OutboxRelay {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let run = Run::new(self.ports.clone(), self.owner.clone(), self.stop.subscribe());
        ctx.spawn(run.run().into_actor(self).map(|(), relay, ctx| {
            relay.finished = true;
            ctx.stop();
        }));
    }

    fn stopping(&mut self, _: &mut Self::Context) -> Running {
        self.stop.send_replace(true);
        if self.finished { Running::Stop } else { Running::Continue }
    }
}
